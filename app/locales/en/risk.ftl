# Risk: rules, lists, what was decided, and what is on hold.
nav-risk = Risk
risk-title = Risk
risk-lead = What claims were stopped and why, by which rules, who is on which list, and which coupons are on hold.
risk-parts = Parts of this page
risk-hits = Decisions
risk-rules = Rules
risk-lists = Lists
risk-held = On hold
risk-read-only = Your role may look. Risk and admins act.

risk-by-shopper-template = One shopper, one template
risk-by-shopper = One shopper, all templates
risk-by-device = One device
risk-by-address = One address
risk-by-wrong-by-shopper = Guessing, one shopper
risk-by-wrong-by-device = Guessing, one device
risk-by-wrong-by-address = Guessing, one address
risk-by-deny-list = Deny list
risk-by-blocked = Blocked by the shop

risk-minutes = { $n ->
    [one] one minute
   *[other] { $n } minutes
}
risk-hours = { $n ->
    [one] one hour
   *[other] { $n } hours
}
risk-days = { $n ->
    [one] one day
   *[other] { $n } days
}

# What was decided.
risk-hits-none-title = Nothing to look at
risk-hits-none = Whatever a rule or a list decides about a claim or a code is shown here, with its reason.
risk-about = Shopper, device or address
risk-decision = Decision
risk-rule = Decided by
risk-refused = Refused
risk-delayed = Had to wait
risk-challenged = Asked to show they are a person
risk-locked-out = Locked out
risk-shadow = Passed, only watched
risk-allowed = Passed, allow list
risk-why-shopper-template = More than { $limit } claims of one template by this shopper within { $window }.
risk-why-shopper = More than { $limit } claims by this shopper within { $window }.
risk-why-device = More than { $limit } claims by this device within { $window }.
risk-why-address = More than { $limit } claims from this address within { $window }.
risk-why-wrong-by-shopper = More than { $limit } wrong codes or unknown coupons by this shopper within { $window }.
risk-why-wrong-by-device = More than { $limit } wrong codes or unknown coupons by this device within { $window }.
risk-why-wrong-by-address = More than { $limit } wrong codes or unknown coupons from this address within { $window }.
risk-why-shadow = The rule only watches, so it passed.
risk-why-allowed = It passed all the same: { $kind } { $thing } is on the allow list ({ $reason }).
risk-why-deny-list = { $kind } { $thing } is on the deny list: { $reason }
risk-why-blocked = The shop has blocked this shopper.
risk-template = Its template
risk-device = Device { $value }
risk-address = Address { $value }
risk-its-entry = Its entry on the lists
risk-judge-ask = Was that right?
risk-judge-wrong = An ordinary shopper
risk-judge-wrong-label = “{ $rule }” met an ordinary shopper
risk-judge-right = Rightly so
risk-judge-right-label = “{ $rule }” was right
risk-hit-judged = Noted.
risk-was-right = Rightly so
risk-was-wrong = An ordinary shopper
risk-judged-by = says { $by },
risk-false-positives = False positives
risk-false-positives-of = False positives: { $rate }
risk-false-positives-hint = Of the decisions of the last 90 days that somebody reviewed.
risk-wrong-of = { $wrong } of { $judged } ({ $percent }%)
risk-none-judged = None reviewed yet
risk-newest = Back to the newest
risk-older = Older

# Rules.
risk-rules-lead = Windows slide along by a twelfth of their length. A rule that only watches refuses nobody and writes down whom it would have refused. Changes hold within a second.
risk-rules-claims = Claims
risk-rules-wrong = Guessing codes and coupons
risk-rules-wrong-lead = Above the limit they have to wait, above twice the limit they are asked to show they are a person, above three times the limit they are locked out for a whole window.
risk-rule-lets = Lets { $limit } through within { $window }, and stops more.
risk-mode = The rule is
risk-mode-off = Off
risk-mode-shadow = Only watching
risk-mode-on = On
risk-limit = Limit
risk-window = Window in minutes
risk-rule-change = Change…
risk-rule-save = Save the rule
risk-rule-set = Saved.

# Lists.
risk-lists-lead = Whoever is on the deny list can claim nothing, and shoppers on it are given nothing either; whoever is on the allow list is free of the rules. Deny wins over allow, except that of two networks the narrower one decides.
risk-lists-none = Nobody is on a list.
risk-lists-none-found = Nothing on a list matches. An address is looked for in networks, too.
risk-entry-new = Add to a list
risk-list = List
risk-list-deny = Deny
risk-list-allow = Allow
risk-kind = Kind
risk-kind-shopper = Shopper
risk-kind-device = Device
risk-kind-network = Address or network
risk-thing = Id or address
risk-thing-hint = A shopper’s id, e-mail or phone number, the id of a device, an address, or a network such as 203.0.113.0/24.
risk-wide = I mean all of this network
risk-reason = Reason
risk-until = Until
risk-until-hint = Through this day. Blank means until somebody removes it.
risk-entry-add = Add to the list
risk-entry-added = Added to the list.
risk-until-removed = until somebody removes it
risk-holds-until = until { $at }
risk-expired = over since { $at }
risk-added-by = by { $by },
risk-entry-remove-ask = Remove…
risk-entry-remove-effect = It no longer holds within a second. Who removed it is written down.
risk-entry-remove = Remove from the list
risk-entry-remove-label = Remove { $thing } from the list
risk-entry-removed = Removed from the list.

# Coupons on hold.
risk-held-lead = Nobody can use these coupons until somebody lets them go. That is done, or the coupon revoked, on the page of each.
risk-held-none = No coupon is on hold.
