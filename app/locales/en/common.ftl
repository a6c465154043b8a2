app-name = Quan
separator = {" · "}
sentence-gap = {" "}
colon = {": "}
skip-to-content = Skip to content
language-switch = Language
language-en = English
language-zh = 中文
theme-switch = Colours
theme-system = Follow the system
theme-light = Light
theme-dark = Dark
errors-heading = { $n ->
    [one] One thing to put right
   *[other] { $n } things to put right
}
pager = Pages
pager-previous = Previous
pager-next = Next
pager-place = Page { $page } of { $pages }

window-always = any time
window-from = from { $from }
window-until = until { $until }
window-between = { $from } to { $until }

worth-up-to = up to
worth-percent-unit = off
worth-amount = { $amount } off
condition-none = no minimum
condition-from = from { $min }
condition-most = { $max } at most
condition-step = { $amount } from { $min }
condition-every = for every { $per }
condition-times = { $n ->
    [one] once
   *[other] up to { $n } times
}
benefit-sentence = { $worth } { $scope } ({ $condition })

error-not-found = There is nothing here, or it is not yours to see.
error-sign-in = You had to sign in first, so nothing has happened yet. Please send it again.
error-forbidden = Your role does not allow this.
error-unreadable = The form arrived incomplete. Please try again.
error-offline = The shop could not be reached. Please check your connection and try again.
error-unavailable = We cannot keep up at the moment. Please try again in a few seconds.
error-fault = Something broke on our side. Please try again; if it happens again, tell us the number { $reference }.
error-coupon = { $coupon }: { $reason }

not-found-title = There is nothing here
not-found-text = The link may be old, or mistyped.
not-found-way-out = To the coupon center
not-found-way-out-ops = To the console
fault-title = That did not work
forbidden-title = Not for your role
demo-note = A demo: its history and its people are made up.
