# Single coupons in the console, what went wrong with some, and the keys of order systems.
nav-coupons = Coupons
nav-exceptions = Exceptions
nav-keys = Partner keys

reason = Reason
reason-hint = Up to 500 characters. Colleagues read it; it is kept for good.

ops-coupons-title = Coupons
ops-coupons-lead = Find a coupon to see what happened to it, and to help its holder.
ops-coupons-search = Code, order or shopper
ops-coupons-press = Search
ops-coupons-start-title = Whose coupon is it about?
ops-coupons-start = Type a code as it is written anywhere, the number of an order, or a shopper: their id, e-mail address or phone number.
ops-coupons-none-title = Nothing found
ops-coupons-none = No coupon has this code, and no order or shopper with a coupon goes by it. Please check for typing mistakes.
ops-coupons-nothing-here = There is no coupon here.
ops-coupons-of-shopper = { $n ->
    [one] One coupon of shopper { $shopper }
   *[other] { $text } coupons of shopper { $shopper }
}
ops-order = Order { $order }
ops-order-active = not paid yet; keeps its coupons until { $until }
ops-order-released = given up before it was paid
ops-order-lapsed = not paid in time
ops-order-redeemed = paid

ops-coupon = Coupon
ops-coupon-state = State
ops-coupon-shopper = Shopper
ops-coupon-got = Received
ops-coupon-valid = Valid
ops-coupon-facts = What it is
ops-coupon-template = Template
ops-coupon-revision = Revision { $number }, the current one
ops-coupon-revision-old = Revision { $number }; the template is at { $current } now
ops-coupon-channel = Channel
ops-coupon-locked-by = Kept for order
ops-coupon-locked-until = Until { $until }.
ops-coupon-revoked-after = It is revoked as soon as that ends.
ops-coupon-used-for = Last used for order
ops-coupon-replaces = Given in place of
ops-coupon-replacement = Replaced by
ops-coupon-risk = What risk decided about this shopper
ops-coupon-life = History
ops-coupon-deeds = What colleagues did
coupon-state-available = Available
coupon-state-locked = In an order
coupon-state-redeemed = Used
coupon-state-expired = Expired
coupon-state-revoked = Revoked
coupon-state-held = On hold
deed-held = Held by { $by }
deed-freed = Let go by { $by }
deed-revoked = Revoked by { $by }
deed-released = Taken from its order by { $by }
deed-replaced = Replaced by { $by }
deed-granted = Given as a replacement by { $by }
deed-given = Given to many by { $by }
deed-from = From { $address }

ops-coupon-only-risk = Your role may look. Operators of the role Risk and administrators can hold, revoke and replace coupons.
ops-coupon-hold = Hold
ops-coupon-hold-effect = Nobody can use it until somebody lets it go. Its holder reads that it is being checked. Its validity is not extended.
ops-coupon-free = Let go
ops-coupon-free-effect = Its holder can use it again at once.
ops-coupon-free-over-effect = Its validity has ended meanwhile: once let go, it expires.
ops-coupon-revoke = Revoke
ops-coupon-revoke-effect = It is taken back for good, and nobody can undo that. Its holder reads that it was cancelled. It stays counted as issued; a replacement can be given.
ops-coupon-revoke-locked-effect = Order { $order } may still be paid with it until { $until }. If the order is not paid, the coupon is then gone for good; if it is, a refund will not bring it back. Nobody can undo that.
ops-coupon-release = Take it from its order
ops-coupon-release-effect = { $n ->
    [one] Order { $order } gives up its coupon, which it would keep until { $until }; it can be used elsewhere at once.
   *[other] Order { $order } gives up all its { $n } coupons, which it would keep until { $until }; they can be used elsewhere at once.
} If the order is paid all the same, it takes them again where they are still free; where not, it stays paid at its price and is listed under exceptions.
ops-coupon-replace = Give a replacement
ops-coupon-replace-effect = The shopper gets one new coupon of this template as it is now (revision { $revision }), even where they have had as many as the template allows. A coupon is replaced once.
ops-coupon-replace-stock = { $n ->
    [one] It takes the last one in stock.
   *[other] It takes one of { $text } left in stock.
}
ops-coupon-replace-left = { $n ->
    [one] You may make one more today.
   *[other] You may make { $n } more today.
}
ops-coupon-remark-locked = An order has it, so it cannot be held.
ops-coupon-remark-revoked-locked = It is revoked already: once its order gives it up, it is gone.
ops-coupon-remark-available = It can still be used. Another is given in its place only once it is revoked or has expired.
ops-coupon-remark-redeemed = It was used. There is nothing to hold, revoke or replace.
ops-coupon-remark-replaced = It was replaced. That happens once.
ops-coupon-held = It is on hold. Nobody can use it until it is let go.
ops-coupon-freed = It is let go. Its holder can use it again.
ops-coupon-freed-expired = It is let go, and has expired: its validity ended meanwhile.
ops-coupon-revoked = It is revoked.
ops-coupon-revoked-locked = It is revoked as soon as its order gives it up. Until then the order may be paid with it.
ops-coupon-released = The order has given its coupons up.
ops-coupon-replaced = The replacement is in the shopper’s wallet.
ops-coupon-replaced-before = It was replaced before. Nothing new was given.
ops-coupon-conflict = Nothing was done: the coupon is now { $state }. What you can do from here is on this page.
ops-coupon-template-conflict = No replacement can be given while the template is { $state }. Only live and paused templates give coupons.
ops-coupon-daily = You have made as many replacements as you may today. You can go on at { $at }; a colleague can do it now.
ops-coupon-no-stock = The template’s stock is used up, so no replacement can be given. An editor can raise it.
ops-coupon-too-late = No replacement was given: as the template is now, it could never be used. An editor can extend its validity.

exceptions-title = Exceptions
exceptions-open = { $n ->
    [one] One waits for somebody to look at it.
   *[other] { $text } wait for somebody to look at them.
}
exceptions-none-open = None is open.
exceptions-none-title = Nothing to look at
exceptions-none = When a payment comes too late for its coupon, the payment center tells of something nobody here knows, a delivery to an endpoint is given up, or the books do not balance, it is listed here.
exception-is-open = Open
exception-is-resolved = Settled
exception-late-payment = Late payment
exception-coupon-gone = Order { $order } was paid with { $discount } off after its time was over, and a coupon it counted on was no longer there for it: another order had it, or it was revoked, held or gone. The order stays paid at that price, and used none of its coupons.
exception-coupon-gone-do = If the shop can bear the discount, settle it as it is. If the coupon was lost by our fault, look at it and give a replacement; if somebody gains twice, settle the difference with the shopper.
exception-budget-exhausted = Order { $order } was paid with { $discount } off after its time was over, and its template’s budget was used up by then. The order stays paid at that price, and used none of its coupons.
exception-budget-exhausted-do = The discount is not counted against the budget. If that is fine, settle it; otherwise note it where the budget is accounted for.
exception-unknown-order = Unknown order
exception-unknown-order-what = The payment center told of order { $order }, which has no lock with us.
exception-unknown-order-do = Look in the order system whether the order exists, and whether it meant to use a coupon. Settle it with what you found.
exception-paid-twice = Paid twice
exception-paid-twice-what = Order { $order } was paid by { $paid_by }, and the payment center told of a second payment, { $payment }. The second one changed nothing here.
exception-paid-twice-do = Give the second payment back. When the payment center tells of that refund, this is settled by itself.
exception-refund-ahead = Refund without a payment
exception-refund-ahead-what = The payment center told of refund { $refund } for order { $order } more than an hour ago, and of no payment { $payment } yet. The refund waits for it.
exception-refund-ahead-do = Look in the payment center what became of the payment. When it is told here, the refund follows by itself and this is settled.
exception-refund-unmatched = Refund of another payment
exception-refund-unmatched-what = The payment center told of refund { $refund } for order { $order }. It names payment { $payment }, but the order was paid by { $paid_by }. Nothing was given back here.
exception-refund-unmatched-do = If the order was paid twice and this is the second payment, it is settled by itself when that payment is told. Otherwise find out which order the refund is meant for.
exception-refund-refused = Refund that does not fit
exception-refund-refused-what = The payment center told of refund { $refund } for order { $order }, and it does not fit what is left of the order: more goods or money than there is, or lines it does not have. The money is back with the shopper; here nothing was given back.
exception-refund-refused-do = Compare the refund with the order. Record what was really given back as a return, under a reference of its own, and settle this.
exception-unreadable = Message that does not read
exception-unreadable-what = The payment center told of something in message { $message }, and it does not read as the API describes callbacks. Nothing changed here: a payment or a refund may be missing.
exception-unreadable-do = The details show what came. Have the center send callbacks as the API describes them and tell this one again; or record the payment or the refund by hand. Then settle this.
exception-books = The books do not balance
exception-books-what = { $n ->
    [one] Something that is counted in two places is not the same in both.
   *[other] { $n } things that are counted in two places are not the same in both.
} The details below say which.
exception-books-do = Show it to whoever runs the platform: `quan doctor` tells it at any time, and where only sums are named, `quan rebuild` puts them right. Every night it is looked again, and once all balances this is settled by itself.
exception-given-up = Deliveries given up
exception-given-up-what = Something that the endpoint { $url } was to be told did not get through in any try, and was given up.
exception-given-up-do = The delivery log shows what it answered. Have its owner put it right, switch it on where it is off, and send what was given up once more. When nothing given up is left, this is settled by itself.
exception-deliveries = Delivery log
exception-other-what = Something needs a look: { $kind }. The details below say what is known.
exception-other-do = Find out what happened, and settle it with what you found.
exception-shopper = Shopper { $shopper }
exception-details = Details
exception-note = How it was settled
exception-resolve-ask = Settle…
exception-resolve = Settle
exception-resolve-effect = It leaves the open ones; nothing is done to the order or its coupons. Your note is kept with it.
exception-resolved = Settled.
exception-resolved-by = Settled by { $by }
overview-exceptions = Exceptions

keys-title = Partner keys
keys-lead = Order and payment systems call our API with a key. Each should have its own, which opens no more than it needs.
keys-list = Keys
keys-none-title = No key yet
keys-none = Make one for each system that quotes, locks or redeems coupons.
keys-add = Make a key
key-name = Name
key-name-hint = What the system is called. Colleagues see it beside what it did.
key-scopes = What it opens
scope-quote = Quotes
scope-quote-opens = Says what coupons are worth on a cart. Changes nothing.
scope-redeem = Orders
scope-redeem-opens = Locks coupons for orders, redeems, releases and returns them, and tells of paid orders.
scope-claim = Claims
scope-claim-opens = Claims coupons for shoppers it vouches for, and counts views.
scope-grant = Grants
scope-grant-opens = Gives coupons to shoppers, as many as a template’s stock allows.
scope-manage = Keeping
scope-manage-opens = Makes, edits, publishes and ends templates; keeps the catalogue and shoppers.
scope-read = Reading
scope-read-opens = Reads templates, wallets, the funnel and every event. Changes nothing.
key-made = The key “{ $name }” is made.
key-once = Copy it now and hand it over yourself: it is shown this once and kept only as a hash.
key-copy = Copy
key-copy-label = Copy the key
key-since = Since
key-is-revoked = Revoked
key-revoke-ask = Revoke…
key-revoke = Revoke
key-revoke-effect = Within a second every call of “{ $name }” is refused, and nobody can undo that. Coupons it has locked stay locked until their time is over. A new key has to be given to the system.
key-revoked = The key is revoked. Calls with it are refused.
