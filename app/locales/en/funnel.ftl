# The funnel's own page.
nav-funnel = Funnel
funnel-of = Funnel of { $name }
funnel-lead = From the first look to the refund, beside the period before: a month beside the month before, other days beside as many right before.
funnel-csv = Download CSV
funnel-more = Any period, by day or hour
funnel-first = First day
funnel-last = Last day
funnel-step = Interval
funnel-by-day = By day
funnel-by-hour = By the hour
funnel-basis = Counted
funnel-by-event = When it happened
funnel-by-claim = When claimed
funnel-step-hint = Up to { $n } days can be told by the hour.
funnel-channel = Channel
funnel-template = Template
funnel-to-template = The template
funnel-all-templates = All templates
funnel-all-revisions = All revisions
funnel-revision = Revision { $n }
funnel-steps = Step by step
funnel-before = { $text } before
funnel-earlier = Before: { $first } – { $last }
funnel-this-month = This month
funnel-last-month = Last month
funnel-change = Change
funnel-coupons = Coupons
funnel-coupons-of = Coupons: { $stage }
funnel-amounts = What it came to
funnel-amount = Amount
funnel-return = Return on cost
funnel-return-note = Net turnover for each unit of cost
funnel-without = Orders without a coupon
funnel-without-orders = { $n ->
    [one] 1 order that was paid here or that we were told of
   *[other] { $text } orders that were paid here or that we were told of
}
funnel-without-orders-of-channel = { $n ->
    [one] 1 order that we were told came through it; of what is paid here no channel is known
   *[other] { $text } orders that we were told came through it; of what is paid here no channel is known
}
funnel-newcomers = New shoppers
funnel-won = New shoppers won
funnel-gone = Did not buy again
funnel-watched = { $n ->
    [0] Nobody’s 30 days are over yet
    [one] Within 30 days, of 1 whose 30 days are over
   *[other] Within 30 days, of { $text } whose 30 days are over
}
funnel-refusals = Why shoppers were refused
funnel-refusals-lead = Claims count each press. A quote asks for the whole wallet, often again and again: read its numbers beside each other. Below each reason stands its code, as programs are answered.
funnel-refusals-none = Nobody was refused.
funnel-reason = Reason
funnel-refused-claims = Claims
funnel-refused-quotes = In quotes
funnel-when = When
funnel-most = From 0 to { $most }
funnel-stages-hint = Locks are coupons held by an order that is not paid yet. Counted by when it happened, coupons used now may have been claimed before: more uses than claims are possible.
funnel-point = { $when }: { $claims } claims, { $redeems } redemptions
funnel-picture = Claims and redemptions over { $n } steps, at most { $most } in one. The table below has every number.
funnel-readout = Figures of a step
funnel-readout-hint = Point at the picture, or press the arrow keys in it, to read the figures of a step.
funnel-between = { $first } to { $last }
funnel-by-template = By template
funnel-by-template-lead = Coupons are listed by template: choose one to see those that entered this step.
funnel-by-template-of-channel = Coupons are listed by template: choose one to see those that came through { $channel }.
funnel-by-template-more = The { $n } templates with the most are shown. A campaign or a shorter period shows others.
funnel-by-coupon = By coupon
funnel-by-coupon-lead = What each coupon brought and cost. Press a heading to sort: least net turnover first shows those that cost more than they brought. An order paid with several coupons counts whole with each of them.
funnel-by-coupon-more = The first { $n } in this order are shown; the file has all of them.
funnel-no-coupons = No coupon entered this step in the period.
funnel-coupon = Coupon
funnel-shopper = Shopper
funnel-order = Order
funnel-now = Now

reason-not-started = Not open yet
reason-claim-closed = Claims were over
reason-paused = Paused
reason-sold-out = All gone
reason-claim-limit-reached = Had as many as one may have
reason-daily-limit-reached = Had as many as one may have in a day
reason-too-many-attempts = Tried too often
reason-risk-rejected = Stopped by risk
reason-challenge-required = Asked to prove who they are
reason-new-shoppers-only = Not a new shopper
reason-not-in-audience = Not in the audience
reason-channel-mismatch = Came through another channel
reason-channel-quota-reached = The channel's quota was used up
reason-budget-exhausted = The budget was used up
reason-not-valid-yet = Not valid yet
reason-expired = Expired
reason-revoked = Cancelled
reason-held = On hold
reason-not-owner = Somebody else's
reason-already-redeemed = Used already
reason-locked-by-other-order = In another order
reason-lock-lapsed = The order took too long
reason-below-threshold = Below the minimum spend
reason-no-covered-lines = Nothing in the cart is covered
reason-line-out-of-scope = Something in the cart is not covered
reason-no-value = Would have taken nothing off
reason-not-combinable = Does not go with another coupon
reason-amount-mismatch = The discount had changed
