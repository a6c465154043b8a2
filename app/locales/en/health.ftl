# Health: what is alarming, by which rules, what waits, and how requests are answered.
nav-health = Health
health-title = Health
health-lead = What is alarming, what waits, and how this platform answers.

alerts-none = All is well. No rule of alarm holds.
alerts-firing = Alarming now
alerts-history = What was alarming
alerts-history-none = Nothing was alarming in the last 90 days.
alert-what = Alarm
alert-fired = Since
alert-ended = Until
alert-still = Still
alert-came-to = { $value }; { $threshold } is too much
alert-percent = { $text }%
alert-times = { $n ->
    [one] once
   *[other] { $text } times
}
alert-seconds = { $n ->
    [one] one second
   *[other] { $text } seconds
}

alert-rules = Rules of alarm
alert-rules-lead = What fires here is told to every webhook that asks for it, and has ended when it has fallen a tenth below what is too much. Prometheus can be given the same rules.
alert-untold = No webhook asks for alarms: whoever is not on this page or the overview learns nothing of them from here.
alert-rule-issue-failures = Claims fail
alert-rule-refusal-spike = Refusals rise
alert-rule-coupon-tried = One coupon is tried often
alert-rule-stock-low = Stock nearly gone
alert-rule-budget-low = Budget nearly gone
alert-rule-queue-lag = Claims wait in line
alert-rule-delivery-failures = Webhooks do not get through
alert-says-issue-failures = Fires when { $threshold } or more of all claims within { $window } get no answer for a fault of ours. Fewer than 20 claims say nothing.
alert-says-refusal-spike = Fires when claims refused within { $window } reach { $threshold } of those refused in as long a time before, from 50 on.
alert-says-coupon-tried = Fires when one coupon is refused to orders { $threshold } or more within { $window }.
alert-says-stock-low = Fires when { $threshold } or more of a live template’s stock has been gone for { $window }, while something is left.
alert-says-budget-low = Fires when { $threshold } or more of a template’s budget has been reserved or spent for { $window }.
alert-says-queue-lag = Fires when the first claim in line has waited for { $threshold } or more, and goes on like that for { $window }.
alert-says-delivery-failures = Fires when deliveries that are not through yet failed { $threshold } or more within { $window }.
alert-now = Now: { $value }
alert-now-nothing = Now: nothing to measure
alert-on = On
alert-off = Off
alert-well = Well
alert-passed = Too much
alert-change = Change
alert-threshold-percent = Too much from (%)
alert-threshold-times = Too much from (times)
alert-threshold-seconds = Too much from (seconds)
alert-window = Within (minutes)
alert-lasts = Lasting (minutes)
alert-state = Rule
alert-save = Save rule
alert-rule-set = The rule is changed. It counts from the next look on, within ten seconds.

claims-title = Claims within the last hour
claims-well = Answered
claims-claimed = Claimed
claims-refused = Refused by the rules
claims-failed = Failed, our fault

queue-title = What waits
queue-desk = Claims at the desk
queue-desk-note = of this node
queue-tickets = Claims in line
queue-first = the first came { $ago }
queue-deliveries = Webhook deliveries
queue-failing = { $text } failed before
queue-grants = Grants under way
queue-pools = Pools being made

answers-title = How this node answers
answers-lead = The pages and calls asked for most since this node started. Times are upper bounds, as they are counted.
answers-none = Nothing was asked since this node started.
answers-well = Answered well
answers-failed = Faults
answers-route = Page or call
answers-no-route = Files and unknown addresses
answers-requests = Requests
answers-half = Half within
answers-most = 95% within
answers-nearly-all = 99% within
answers-percent = { $text }%
answers-milliseconds = { $text } ms
answers-seconds = { $text } s
answers-longer = over 10 s

# The overview: today, what is soon, what it may cost.
today-title = Today so far
today-compared = Days are compared up to { $time }, the last whole hour; the large number counts up to now.
today-yesterday = by { $time }: { $now }, yesterday { $n } ({ $change })
today-last-week = a week ago { $n } ({ $change })
soon-title = Within a week
soon-opening = Opening
soon-opening-none = Nothing opens.
soon-closing = Ending
soon-closing-none = No claims end.
soon-running-out = A quarter of the stock or budget left, or less
soon-running-out-none = Wherever some is left, it is more than a quarter.
soon-left = { $n ->
    [one] one left, { $part } of the stock
   *[other] { $text } left, { $part } of the stock
}
soon-left-budget = { $amount } left, { $part } of the budget
soon-many = { $text } or more
soon-expiring = { $n ->
    [0] No coupons expire.
    [one] One coupon expires if it is not used.
   *[other] { $text } coupons expire if they are not used.
}
risk-money-title = Money at risk
risk-money-none = No template can cost anything any more.
risk-money-budgets = { $n ->
    [one] One template has a budget
   *[other] { $text } templates have budgets
} of { $budget } in all: { $spent } spent, { $reserved } held for orders, { $left } left.
risk-money-stocked = { $n ->
    [one] One template without a running budget, live or not, can still cost { $amount } at most, if every coupon of it that is out is yet to be used.
   *[other] { $text } templates without a running budget, live or not, can still cost { $amount } at most, if every coupon of them that is out is yet to be used.
}
risk-money-unbounded = { $n ->
    [one] Nothing bounds what one template can cost.
   *[other] Nothing bounds what { $text } templates can cost.
}

# What runs out within four weeks.
running-out-title = What runs out within four weeks
running-out-lead = Live templates whose stock or budget a forecast of their own days sees used up within 28 days.
running-out-none = Nothing that can be forecast runs out within 28 days.
running-out-when = When
running-out-gone = nothing is left
running-out-on = around { $likely }, between { $earliest } and { $latest }
running-out-from = around { $likely }, on { $earliest } at the earliest
running-out-perhaps = perhaps, on { $earliest } at the earliest
running-out-more = Only the { $n } templates of which the largest share is gone are looked at.
running-out-unknown = { $n ->
    [one] One more has too short a history to tell.
   *[other] { $n } more have too short a history to tell.
}
