# Outgoing webhooks: who is told what happens.
nav-webhooks = Webhooks
webhooks-title = Webhooks
webhooks-lead = Other systems that are told what happens to coupons and templates, signed as Standard Webhooks says.
webhooks-none = Nobody is told yet. An administrator adds the address of a system that wants to know.
webhook-new = Add an endpoint
webhook-url = Address
webhook-url-hint = It gets a POST with JSON for everything it wants to know.
webhook-description = What it is for
webhook-topics = What it is told
webhook-topics-count = { $n ->
    [one] 1 kind of event
   *[other] { $n } kinds of events
}
webhook-state = State
webhook-since = Added
webhook-add = Add the endpoint
webhook-added = Added. It is told what happens from now on.
webhook-secret = Signing secret
webhook-secret-hint = Copy it now: it is not shown again. With it the other side checks that a message is from us.
webhook-on = On
webhook-failing = Failing
webhook-off = Off
webhook-off-admin = An administrator switched it off.
webhook-off-failing = Nothing got through for three days, so it was switched off.
webhook-off-gone = It answered 410: it does not want to be told any more.
webhook-failing-since = Nothing got through since
webhook-rotating-until = The former secret signs too until
webhook-test = Send a test
webhook-test-effect = It gets an event that says nothing, to see whether it listens.
webhook-test-sent = On its way. Look at this page again in a moment.
webhook-rotate-ask = New secret…
webhook-rotate-effect = You see the new secret once. The former one signs beside it for 24 hours, so that the other side has time to change.
webhook-rotate = Make a new secret
webhook-rotated = Here is the new secret.
webhook-switch-off-ask = Switch off…
webhook-switch-off-effect = It is told nothing more. What happens meanwhile is not told later; what was waiting is sent once it is on again.
webhook-switch-off = Switch off
webhook-switched-off = Switched off.
webhook-switch-on-effect = It is told what happens from then on, and what was waiting.
webhook-switch-on = Switch on
webhook-switched-on = Switched on.
webhook-delete-ask = Delete…
webhook-delete-effect = The endpoint, its secret and the record of what it was told are removed.
webhook-delete = Delete
webhook-deleted = Deleted.
webhook-is-off = The endpoint is off. Switch it on first.
webhook-is-sending = This is being sent right now. Look again in a minute.
webhook-replayed = On its way once more.

deliveries-title = What it was told
deliveries-all = All
deliveries-failed = Failed
deliveries-none = Nothing yet.
deliveries-none-failed = Nothing failed.
deliveries-older = Older
deliveries-newest = Back to the newest
delivery-delivered = Delivered
delivery-dead = Given up
delivery-waiting = Waiting
delivery-failed = Failed, tried again
delivery-next = next try
delivery-tries = { $n ->
    [one] tried once
   *[other] tried { $n } times
}
delivery-status = answered { $status }
delivery-timed-out = did not answer in time
delivery-private-address = leads into a private network
delivery-unknown-host = nobody knows the host
delivery-unreachable = could not be reached
delivery-content = Content and answer
delivery-answer = How the answer began
delivery-replay = Send again
delivery-replay-this = Send again: { $topic }

topic-coupon-claimed = Coupon claimed
topic-coupon-granted = Coupon granted
topic-coupon-locked = Coupon locked for an order
topic-coupon-released = Lock released
topic-coupon-lapsed = Lock lapsed
topic-coupon-redeemed = Coupon redeemed
topic-coupon-returned = Order refunded
topic-coupon-restored = Coupon back after a refund
topic-coupon-expired = Coupon expired
topic-coupon-revoked = Coupon revoked
topic-coupon-held = Coupon held
topic-coupon-freed = Coupon freed
topic-template-created = Template created
topic-template-edited = Template edited
topic-template-submitted = Template handed in
topic-template-published = Template published
topic-template-rejected = Template handed back
topic-template-paused = Template paused
topic-template-ended = Template ended
topic-alert-fired = Alarm fired
topic-alert-ended = Alarm over
topic-webhook-test = Webhook test
