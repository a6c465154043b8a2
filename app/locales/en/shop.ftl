nav = Main
nav-center = Coupons
nav-wallet = My coupons
nav-basket = Basket
nav-sign-in = Sign in
nav-sign-out = Sign out

center-title = Coupon center
center-lead = Claim a coupon here; it waits in your wallet until you shop.
center-empty = No coupons at the moment. New ones come often.
card-claim = Claim
card-claim-label = Claim { $title }
card-another = Take another
card-another-label = Take another { $title }
card-use = Use now
card-use-label = Use { $title } now
card-opens = Opens { $at }
card-gone = All gone
card-closed = Closed
card-gone-share = { $percent }% gone
card-covers = Covers { $scope }
card-use-window = Use it { $window }
card-use-days = { $days ->
    [one] Use it on the day you claim it
   *[other] Use it within { $days } days, counting the day you claim it
}
card-terms = Terms
card-held = { $n ->
    [one] In your wallet
   *[other] { $n } in your wallet
}
claim-done = Claimed. It is in your wallet.
claim-done-until = Claimed. You can use it until { $until }.
claim-in-line = You are in line. Your claim is kept; in a moment you will see here what has become of it.
card-look-again = Look again
card-look-again-label = Look again: { $title }

scope-everything = everything
scope-products = { $n ->
    [one] one product
   *[other] { $n } products
}
scope-except = { $scope }, except { $others }
scope-whole-order = { $scope } (only if the whole basket is covered)
scope-list = {", "}
scope-more = { $first } and { $n } more

sign-in-title = Sign in
sign-in-login = E-mail or phone number
sign-in-password = Password
sign-in-press = Sign in
sign-in-wrong = The e-mail, the phone number or the password is wrong.
sign-in-no-account = No account yet?
sign-in-first = Sign in first; then we go on with what you were doing.
sign-in-done = You are signed in.
sign-up-title = Create an account
sign-up-first = Create an account first; then we go on with what you were doing.
sign-up-name = What may we call you?
sign-up-name-hint = You can leave this empty.
sign-up-password-hint = 8 characters at least.
sign-up-press = Create an account
sign-up-taken = Is the account with this e-mail or phone number yours?
sign-up-account = Already have an account?
sign-up-done = Welcome. Your account is created.

wallet-title = My coupons
wallet-to-center = To the coupon center
wallet-available = Available
wallet-locked = In use by an order
wallet-used = Used
wallet-over = Expired or cancelled
wallet-code = Code
wallet-history = History
wallet-valid = Valid { $window }
wallet-to-order = See the order
state-upcoming = Not valid yet
state-outside = Not usable
state-expired = Expired
state-revoked = Cancelled
state-held = Being checked
step-claimed = Claimed
step-granted = Given to you
step-restored = Everything went back, the coupon came back
step-expired = Expired
step-revoked = Cancelled
step-held = Being checked
step-freed = Checked, available again

basket-title = Basket
shelf-title = Shelf
shelf-categories = Categories
shelf-all = All
shelf-search = Search products
shelf-search-press = Search
shelf-empty = Nothing on the shelf matches.
shelf-clear = Show everything
shelf-add = Add
shelf-add-label = Add { $product }
basket-empty = The basket is empty. Put something in from the shelf.
basket-lines = In the basket
basket-quantity = Quantity of { $product }
basket-set = Update
basket-more = One more of { $product }
basket-fewer = One fewer of { $product }
basket-remove = Remove { $product }
basket-clear-ask = Empty the basket…
basket-clear = Empty the basket
basket-subtotal = Subtotal
basket-discount = Coupons
basket-total = To pay
basket-pieces = { $n ->
    [one] 1 piece
   *[other] { $n } pieces
}
basket-each = { $price } each
coupons-title = Coupons
coupons-others = { $n ->
    [one] One coupon that does not fit this basket
   *[other] { $n } coupons that do not fit this basket
}
basket-to-shelf = To the shelf
coupons-apply = Apply
coupons-choose-best = Choose the best for me
coupons-sign-in = Sign in to order and to use your coupons.
saves = { $amount } off
would-save = Saves { $amount } if you tick it
gap = { $missing } more to save { $saving }
gap-instead = { $missing } more would earn it, but it cannot be used together with { $with }, which saves more.
check-out = Order
return-of = { $title }: { $note }
return-keep = If you return part of the order, what you keep keeps its discount. The coupon comes back when everything it covered has been returned.
return-claw-back = If you return part of the order and keep less than the minimum, the discount that what you keep no longer earns is taken off your refund. The coupon comes back when everything it covered has been returned.
returns-title = If you return something

order-title = Order { $order }
order-active = Waiting for payment
order-active-until = { $n ->
    [one] Pay before { $until }. Until then your coupon is kept for this order.
   *[other] Pay before { $until }. Until then your coupons are kept for this order.
}
order-released = Not paid
order-lapsed = Not paid in time
order-redeemed = Paid
order-refunded = Refunded
order-partly-refunded = Partly refunded
order-paid-at = Paid on
order-lines = Goods
order-total = Total
order-coupons = Coupons
order-pay = Pay { $amount }
order-cancel-ask = Cancel the order…
order-cancel = Cancel the order
order-refunds = Refunds
order-refund-line = { $amount } paid back
order-refund-coupon = a coupon came back
order-paid-sum = Paid
order-refunded-sum = Paid back
pay-done = Thank you. The order is paid.
pay-done-without-coupon = The order is paid. Its coupon could not be used any more; we are looking into it.
give-back-title = Return something
give-back-hint = Say how many of each you return.
give-back-nothing = Nothing is chosen yet. Set how many to return of at least one product.
give-back-none-left = Everything has been returned
give-back-press = Return
give-back-done = { $amount } paid back.
give-back-done-with-notes = { $amount } paid back. { $notes }
give-back-came-back = { $n ->
    [one] Your coupon is back in your wallet.
   *[other] { $n } coupons are back in your wallet.
}
