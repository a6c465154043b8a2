refusal-not-found = There is no such thing, or it is no longer offered.
refusal-not-started = It opens at { $at }.
refusal-claim-closed = It can no longer be claimed.
refusal-paused = It is paused for the moment. Please come back later.
refusal-sold-out = All gone.
refusal-claim-limit-reached = { $limit ->
    [one] You have already claimed this coupon.
   *[other] You have already claimed all { $limit } you may have.
}
refusal-daily-limit-reached = That is all for today. You can claim again from { $at }.
refusal-too-many-attempts = { $minutes ->
    [one] Too many attempts. Please try again in a minute.
   *[other] Too many attempts. Please try again in { $minutes } minutes.
}
refusal-risk-rejected = This cannot be done from your account. Please contact us.
refusal-challenge-required = Too many attempts came to nothing. Please come back later, or contact us.
refusal-new-shoppers-only = For a first order only.
refusal-not-in-audience = This coupon is for invited members.
refusal-channel-mismatch = This coupon can only be claimed through its own link.
refusal-channel-quota-reached = All gone here. It may still be had elsewhere.
refusal-budget-exhausted = This offer has run out for now.
refusal-not-valid-yet = It can be used from { $at }.
refusal-expired = It could be used until { $at }.
refusal-revoked = This coupon was cancelled.
refusal-held = This coupon is being checked and cannot be used for the moment.
refusal-not-owner = This coupon belongs to somebody else.
refusal-already-redeemed = This coupon has been used.
refusal-locked-by-other-order = In use by another order until { $at }. Pay or cancel that order first.
refusal-lock-lapsed = The time to pay was over.
refusal-below-threshold = { $missing } more reaches { $required } ({ $current } so far)
refusal-no-covered-lines = Nothing in the basket is covered by it.
refusal-line-out-of-scope = { $n ->
    [one] One line of the basket is not covered by it.
   *[other] { $n } lines of the basket are not covered by it.
}
refusal-no-value = It would take nothing off.
refusal-not-combinable = It does not go together with { $with }.
refusal-better-applied = Another choice saves more.
refusal-amount-mismatch = The discount is { $expected } now. Please check and confirm again.
refusal-idempotency-conflict = This was sent before with other content. Nothing was changed.
refusal-state-conflict = This has changed meanwhile. Please look again.
refusal-stale-revision = Revision { $current } was saved meanwhile, here or elsewhere. Please compare and save again.
refusal-invalid = { $n ->
    [one] Please put one field right.
   *[other] Please put { $n } fields right.
}

problem-required = Please fill this in.
problem-too-long = { $max } characters at most.
problem-too-short = { $min } characters at least.
problem-too-many = { $max } at most.
problem-too-few = { $min } at least.
problem-control-character = Please remove control characters.
problem-not-money = Please write an amount such as 12.30.
problem-more-decimals = { $decimals ->
    [0] No decimals, please.
    [one] One decimal at most.
   *[other] { $decimals } decimals at most.
}
problem-too-large = This is too large.
problem-not-a-number = Please write a whole number.
problem-out-of-range = Please choose from { $min } to { $max }.
problem-not-above-zero = Must be above zero.
problem-not-rising = Must be above the step before.
problem-ends-before-it-begins = This ends before it begins.
problem-not-a-time = Please write a date or time.
problem-past = This is over already.
problem-unknown = This is not known.
problem-duplicate = This appears twice.
problem-duplicate-line = Line { $n } names “{ $name }” once more.
problem-not-a-code = This is not a coupon code.
problem-below-issued = { $issued } were already issued.
problem-below-spent = { $spent } are already reserved or spent.
problem-needs-confirmation = It can take off more than half. Please tick that you mean it.
problem-no-shopper = Nobody signs in with this, and it is no shopper id.
problem-wrong-password = This is not your password.
problem-no-host = Nothing answers at this address. Check how it is written.
problem-wide-network = This holds a large part of all addresses. Please tick that you mean it.
problem-not-a-login = Please write an e-mail address or a phone number, such as mei@example.com or +86 138 0013 8000.
problem-taken = This is taken.
problem-circle = This would make a circle.
problem-more-than-bought = More than was bought.
problem-not-a-url = Please write an address such as https://example.com/coupons.
problem-not-https = It has to begin with https://.
problem-private-address = This address leads into a private network.
problem-not-an-address = Please send an IP address.
problem-not-together = This does not go together with { $other }.
