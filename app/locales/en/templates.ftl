# The list.
list-search = Search
list-search-hint = Name, title, campaign, id or link
list-find = Search
list-clear = Clear filters
list-more = { $n ->
    [0] More filters
    [one] More filters (one is on)
   *[other] More filters ({ $n } are on)
}
list-any = Any
list-claims = Claiming
list-claims-open = Open now
list-claims-upcoming = Opens later
list-claims-gone = All gone
list-claims-closed = Over
list-campaign = Campaign
list-visibility = Where shoppers find it
list-visibility-listed = Coupon center
list-visibility-link = By its link
list-visibility-granted = Nowhere, it is given
list-kind = What it gives
list-kind-amount-off = Amount off
list-kind-percent-off = Percentage off
list-kind-tiered = In steps
list-kind-every = For every amount spent
list-states = By state
list-all = All
list-sort = Sort by
list-sort-newest = Newest first
list-sort-newest-reversed = Oldest first
list-sort-name = Name, A to Z
list-sort-name-reversed = Name, Z to A
list-sort-opens = Opens soonest
list-sort-opens-reversed = Opens latest
list-sort-ends = Ends soonest
list-sort-ends-reversed = Ends latest
list-sort-issued = Most issued
list-sort-issued-reversed = Fewest issued
list-sort-left = Fewest left
list-sort-left-reversed = Most left
list-sort-gone = Largest share gone
list-sort-gone-reversed = Smallest share gone
list-sort-budget = Most of its budget used
list-sort-budget-reversed = Least of its budget used
list-total = { $n ->
    [one] One template
   *[other] { $text } templates
}
list-matching = { $n ->
    [0] No template matches
    [one] One template matches
   *[other] { $text } templates match
}
list-stock = Stock
list-budget = Budget
list-issued-endless = { $issued } issued, no limit
list-left = { $left } left
list-no-budget = No budget set
list-tick = Select
list-tick-one = Select { $name }
list-do = Actions
list-copy-one = Copy { $name }
list-first = Make the first one
list-none-found = No template matches what you asked for. Try fewer letters or fewer filters.
list-pause = Pause selected…
list-resume = Resume selected…
list-end = End selected…
list-tick-all = Select all on this page
list-untick-all = Select none
list-acts-hint = You are shown what it does to coupons that are out before it is done.
list-stop = Emergency stop…
list-paused = Paused: { $n }.
list-resumed = Resumed: { $n }.
list-ended = Ended: { $n }.
list-stopped = Stopped. Paused: { $n }; nothing is live any more.
list-stopped-partly = Paused: { $n }. Live still: { $left }. Press the emergency stop again.
list-nothing-ticked = Nothing was selected, so nothing was done.
list-not-done = To these it could not be done:
many-pause = Pause templates
many-resume = Resume templates
many-end = End templates
many-stop = Emergency stop
many-pause-effect = Nobody can claim them until you resume them, and their grants wait.
many-resume-effect = They can be claimed again as their windows and stocks allow, and their grants can go on.
many-end-effect = Nobody can claim them any more, and they cannot be resumed. Their grants end.
many-pause-press = { $n ->
    [one] Pause it
   *[other] Pause these { $text }
}
many-resume-press = { $n ->
    [one] Resume it
   *[other] Resume these { $text }
}
many-end-press = { $n ->
    [one] End it for good
   *[other] End these { $text } for good
}
many-meant = Affected
many-others = Not affected
many-back = Back to the list
many-stop-live = { $n ->
    [0] Nothing is live. There is nothing to stop.
    [one] One template is live.
   *[other] { $text } templates are live.
}
many-stop-effect = All of them are paused, whatever the list shows: nobody can claim anything and grants wait, until you resume them. Coupons already claimed stay usable, and orders that hold one can still be paid. To stop a single coupon, hold or revoke it on its page.
many-stop-reason = Why everything is stopped
many-stop-press = Stop everything now
list-not-paused = Only what is paused can be resumed. Its state: { $state }.
list-resume-approval = It can cost more than { $limit }, so a second person approves it: hand it in on its own page.
list-resume-unbounded = Nothing bounds what it can cost: tick on its own page that you mean it.
list-not-live = Only what is live can be paused, and only what has not ended can be ended. Its state: { $state }.

# Copies.
template-copy = Copy
copy-name = Copy of { $name }
template-copied = Copied as a new draft. Change what differs and save it; nothing is published yet.

# How long ago.

# One template.
template-made = Made by { $by }
template-cost = Greatest cost
moved-published = Published by { $by }
moved-resumed = Resumed by { $by }
moved-approved = Approved by { $by }
moved-submitted = Handed in by { $by }
moved-rejected = Handed back by { $by }
moved-paused = Paused by { $by }
moved-ended = Ended by { $by }
rejected-by = { $by } handed it back:
number-usable = Usable now
number-unclaimed = { $n ->
    [one] One of them is a code that nobody has entered yet.
   *[other] { $text } of them are codes that nobody has entered yet.
}
number-locked = In orders
number-no-budget = No budget is set.
out-about = about { $n }
out-usable = { $n ->
    [0] No coupon is out that could still be used.
    [one] One coupon already claimed stays usable.
   *[other] { $text } coupons already claimed stay usable.
}
out-locked = { $n ->
    [one] One more is held by an order that can still be paid.
   *[other] { $text } more are held by orders that can still be paid.
}
out-codes-paused = { $n ->
    [one] One code that nobody has entered yet is refused until then.
   *[other] { $text } codes that nobody has entered yet are refused until then.
}
out-codes-ended = { $n ->
    [one] One code that nobody has entered yet will never be good again.
   *[other] { $text } codes that nobody has entered yet will never be good again.
}

# What can be done.
action-left = { $n ->
    [0] None is left to claim.
    [one] One is left to claim.
   *[other] { $text } can be claimed.
}
action-left-endless = There is no limit to how many.
claims-ended = no more: it has ended
claims-too-long = Claims would stay open longer than its coupons can be used: they end with the last use, { $at }.
action-unbounded-tick = I know that nothing bounds what this can cost.
action-reject-note = Why (optional)
action-reject-hint = Its author reads this.
action-end-draft-effect = Nobody has seen it. It can then neither be edited nor published; a copy can.
review-why = It can cost { $cost }. Above { $limit } a second person decides.
review-why-unbounded = Nothing bounds what it can cost. Above { $limit } a second person decides.
review-you-may = You did not write it, so you may decide.
review-own = You wrote it, so somebody else decides: { $names }.
review-role = Your role does not approve. These may: { $names }.
review-nobody = Nobody else may approve it yet. An administrator can give a colleague the role of an approver.
acted-unconfirmed = Nothing was done: nothing bounds what this can cost. Tick that you mean it, or edit it so that something does.
acted-over = Nothing was published: it is over before it begins.
acted-own = Nothing was done: who wrote a template does not approve it.
acted-too-late = Nothing was done: { $by } was faster. It is now: { $state }. What you can do from here is on this page.
acted-stale = Nothing was done: somebody saved revision { $current } meanwhile. Please read it, then decide.

# Links.
links-title = Links
links-later = They lead to it once it is live.
links-own = Its own link
links-center = Coupon center
links-channel = Channel { $channel }
links-show-qr = Show QR code
links-qr = QR code: { $name }

# What happened lately.
activity-title = Recent activity
activity-none = Nothing has happened to its coupons yet.
activity-more = { $n } more before these
happened-claimed = Claimed
happened-claimed-via = Claimed by way of { $channel }
happened-granted = Granted
happened-locked = In use by order { $order }
happened-released = Order { $order } gave it up; it is free again
happened-lapsed = Order { $order } was not paid in time; it is free again
happened-redeemed = Used for order { $order }, { $amount } off
happened-returned = Refund of { $amount } for order { $order }
happened-restored = All of order { $order } went back; it is usable again
happened-expired = Expired
happened-revoked = Revoked
happened-held = Held for a check
happened-freed = Checked and freed

# Revisions, and what changed between two.
revision-nobody = somebody unknown
revisions-older = Older revisions
revisions-newest = Newest revisions
compare = Compare
compare-from = Revision
compare-to = with
compare-title = Revision { $old } → { $new }
compare-same = They say the same.
compare-more = { $n ->
    [one] One more change
   *[other] { $n } more changes
}
compare-close = Close the comparison
compare-removed = removed:
compare-added = added:
difference-none = none
difference-everything = everything
difference-more = { $n } more
difference-step = { $amount } from { $min }
difference-percent-off = { $off }% off
difference-group = group { $group }
difference-name = Name
difference-title = Title
difference-campaign = Campaign
difference-reference = Planned by
difference-reference-by = Days laid
difference-description = Description
difference-terms = Small print
difference-kind = Kind
difference-amount = Takes off
difference-percent = Percentage
difference-min-spend = Minimum spend
difference-max-discount = Takes off at most
difference-steps = Steps
difference-per = For every
difference-max-times = At most so many times
difference-include = Covers
difference-exclude = Leaves out
difference-rule = Other items in the order
difference-rule-eligible-lines = do not matter
difference-rule-whole-order = rule it out
difference-claim-from = Claims open
difference-claim-until = Claims close
difference-validity = Can be used
difference-validity-fixed = between fixed dates
difference-validity-days = for some days after the claim
difference-days = Days
difference-valid-from = Usable from
difference-valid-until = Usable until
difference-stock = Stock
difference-per-shopper = Per shopper
difference-per-day = Per shopper and day
difference-budget = Budget
difference-audience = Who may have it
difference-audience-everyone = everyone
difference-audience-new = new shoppers
difference-audience-segment = segment { $segment }
difference-visibility = Where it is found
difference-lane = How claims are answered
difference-lane-instant = at once
difference-lane-queued = in turn
difference-stacking = With other coupons
difference-stacking-alone = stands alone
difference-stacking-combines = combines
difference-return = When part is returned
difference-return-keep = the discount is kept
difference-return-claw-back = what is no longer earned is taken back
difference-channels = Channels

# What is to come.
forecast-title = The next four weeks
forecast-too-little = { $days ->
    [0] Nothing happened before today yet.
    [one] There is one day of history so far.
   *[other] There are { $days } days of history so far.
} A forecast takes { $needed } days; anything sooner would be a guess.
forecast-stock = Stock
forecast-budget = Budget
forecast-whole = { $what }: { $n }, likely { $range } ({ $days } of 10 days lie within their band)
forecast-range = { $low } to { $high }
forecast-from = forecast from { $day }
forecast-day = Day
forecast-days = The last weeks and the next four
forecast-readout = { $what } by day
forecast-smoothed = By weekday and trend. Tried four times on the past, { $ahead } days ahead each time: off by { $error } a day, while the last week again was off by { $baseline }. That is { $scaled } and { $scaledbaseline } times what repeating a week was off by in the time before (MASE). { $within } of the days lay in the band, which is made for { $level }.
forecast-last-week = The last week again, as nothing did better. Tried four times on the past, { $ahead } days ahead each time: off by { $error } a day. That is { $scaled } times what repeating a week was off by in the time before (MASE). { $within } of the days lay in the band, which is made for { $level }.
runs-out-gone = { $what }: nothing is left.
runs-out-not-yet = { $what }: lasts beyond { $last }.
runs-out-on = { $what }: runs out around { $likely }, between { $earliest } and { $latest }.
runs-out-from = { $what }: runs out around { $likely }, on { $earliest } at the earliest; it may last beyond { $last }.
runs-out-perhaps = { $what }: likely lasts beyond { $last }; it may run out from { $earliest } on.

# Planning from last time.
last-time-title = Last time
last-time-look = What it saw, and the stock and budget that suggests
last-time-take-over = Take this stock and budget over
last-time-taken-over = They are in their fields now. Save to keep them.
last-time-empty = Nothing happened to what this draft is planned by.
last-time-missing = There is no such template or campaign to plan by.
last-time-by-holiday = Laid by the holiday: { $holiday }, on { $day }.
last-time-by-date = Laid by date.
last-time-claims = { $n } claims in all
last-time-suggests = As many as were claimed on these days, rounded up: a stock of { $stock } and a budget of { $budget }.
last-time-suggests-stock = As many as were claimed on these days, rounded up: a stock of { $stock }. None was used, so nothing speaks for a budget.
last-time-outside = Nothing was claimed on the days this draft can be claimed on.
last-time-was = was { $day }
last-time-not-within = · outside the claim window
holiday-new-year = New Year
holiday-spring-festival = Spring Festival
holiday-labour-day = Labour Day
holiday-dragon-boat = Dragon Boat Festival
holiday-june-sale = 618
holiday-mid-autumn = Mid-Autumn Festival
holiday-national-day = National Day
holiday-singles-day = Singles’ Day
holiday-double-twelve = Double Twelve

parts-title = By channel and revision
parts-by-channel = By channel
parts-by-revision = By revision
parts-revision = Revision
parts-no-channel = No channel
parts-more = The first { $n } are shown.
