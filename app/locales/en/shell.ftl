# Around every page.
menu = Menu
nav-group-access = Access
nav-operators = Operators
nav-basket-pieces = { $n ->
    [one] (1 piece)
   *[other] ({ $n } pieces)
}
app-description = Claim coupons, keep them in your wallet and use them when you shop.
offline-note = No connection. What you see may be out of date.

role-viewer = Viewer
role-editor = Editor
role-approver = Approver
role-risk = Risk
role-admin = Administrator

# How far from now.
in-moment = in a moment
ago-moment = a moment ago
in-minutes = { $n ->
    [one] in 1 minute
   *[other] in { $n } minutes
}
ago-minutes = { $n ->
    [one] 1 minute ago
   *[other] { $n } minutes ago
}
in-hours = { $n ->
    [one] in 1 hour
   *[other] in { $n } hours
}
ago-hours = { $n ->
    [one] 1 hour ago
   *[other] { $n } hours ago
}
in-days = { $n ->
    [one] in 1 day
   *[other] in { $n } days
}
ago-days = { $n ->
    [one] 1 day ago
   *[other] { $n } days ago
}

# Pages for what went wrong before a page was reached.
fault-text = Something broke on our side. Please try again in a moment.
foreign-title = This came from somewhere else
foreign-text = To keep you safe we only take what our own pages send. Open the page here and try again.
method-title = There is nothing to read here
method-text = This address only takes what a page sends. Nothing was changed.
large-title = That was too much at once
large-text = What you sent is larger than we take. Go back in your browser: what you typed is still there. Make it shorter and send it again.
unreadable-title = That did not arrive whole
unreadable-text = Nothing was changed. Go back in your browser: what you typed is still there. Then send it again.
slow-title = This is taking too long
slow-text = We could not answer in time. Wait a moment, then try again; the page shows how things stand.
try-again = Try again
offline-title = No connection
offline-text = We cannot be reached right now. Nothing you have is lost: your coupons and your basket wait here. Check your connection and try again.
offline-form = Were you sending a form? Go back in your browser: what you typed is still there.

# The overview.
overview-lead = How today goes, what changes soon, and what waits for somebody.
overview-standstill = { $n ->
    [one] Nothing is live. One template is paused.
   *[other] Nothing is live. { $text } templates are paused.
}
overview-standstill-look = Look at them
overview-templates = At a glance
overview-waiting-none = Nothing waits for approval.
overview-sent = Changed
overview-empty-title = No templates yet
funnel-table = As a table
funnel-stage = Step
funnel-number = Number
funnel-rate = Of the step before
funnel-conversion = Conversion
