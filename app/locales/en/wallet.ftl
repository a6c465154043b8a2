wallet-empty = You have no coupons yet. Claim one in the coupon center, or enter a code.
wallet-figure-available = Available
wallet-figure-expiring = Expiring today
wallet-figure-saved = Saved this year
reminders-title = Your reminders
reminders-open = Open now
reminders-ends = Good until { $at }
wallet-tabs = Your coupons
wallet-tab-available = Available
wallet-tab-locked = In use
wallet-tab-used = Used
wallet-tab-over = Ended
wallet-none-available = Nothing to use at the moment. New coupons come often.
wallet-none-locked = No order is using a coupon at the moment.
wallet-none-used = You have not used a coupon yet. Put something into the basket and the best one is chosen for you.
wallet-none-over = None of your coupons has expired.

pool-title = Have a code?
pool-code = Coupon code
pool-hint = 16 letters and digits, as printed. Capitals, spaces and dashes do not matter.
pool-press = Add to my coupons
pool-unknown = This code does not work: it may be mistyped, or somebody has used it. Please check it and try again.
pool-length = A code has { $length } letters and digits; this has { $n }. Please check it and try again.
pool-known = This one is yours already.

coupon-ticket = The coupon
coupon-back = All my coupons
coupon-remind = Remind me before it ends
coupon-remind-label = Remind me before { $title } ends
coupon-details = Details
coupon-details-label = Details of { $title }
coupon-copy = Copy
coupon-copy-label = Copy the code { $code }
coupon-copied = Copied
coupon-selected = Selected. Copy it from your browser's menu.
coupon-qr = The code, to be scanned
coupon-print = Print
coupon-in-use = Order { $order } keeps it until { $until }.
coupon-order = Order { $order }
coupon-to-order-label = See the order that uses { $title }
coupon-saved = { $amount } saved
coupon-alone = One to an order: it does not go together with other coupons.
coupon-together = It may go together with other coupons that allow it too.
coupon-whole-order = It works only when everything in the basket is covered by it. Order anything else separately.
coupon-see-covered = See what it covers: { $scope }
coupon-to-basket = To the basket

covers-title = Use “{ $title }”
covers-back = Back to the coupon
covers-saves = { $amount } off your basket
covers-short = { $missing } more to save { $saving }
covers-nothing-yet = Add anything below to use it.
covers-not-on-the-shelf = It covers products that are not on this shelf at the moment.
covers-category = Category
covers-all = Everything it covers
covers-show = Show
covers-count = { $n ->
    [one] 1 product
   *[other] { $n } products
}

step-locked = Kept for an order
step-released = The order was given up before it was paid, the coupon came back
step-lapsed = The order was not paid in time, the coupon came back
step-redeemed = Used, { $amount } off
step-returned = Refund of { $amount }
