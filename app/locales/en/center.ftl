center-search = Search coupons
center-search-press = Search
center-tabs = Categories
center-all = All
center-more-tabs = { $n ->
    [one] One more category
   *[other] { $n } more categories
}
center-open = Open now
center-soon = Opening soon
center-over = Not available
center-linked = From your link
center-channel = Welcome! The offers for your link come first.
center-no-match = No coupon matches. Try another word or category.
center-show-all = Show all coupons
claim-all = Claim all { $n }
claim-all-done = Claimed: { $n }. They are in your wallet.
claim-all-some = Claimed: { $n }. Not claimed: { $others }; each card says why.
claim-all-in-line = Claimed: { $n }. In line: { $waiting }; each card shows how that ends.
claim-all-some-in-line = Claimed: { $n }. In line: { $waiting }. Not claimed: { $others }; each card says why.
claim-all-none = None of them could be claimed; each card says why.
card-claiming = Claiming…
card-remind = Remind me
card-remind-label = Remind me when { $title } opens
card-reminded = You will be reminded on the page “My coupons”.
card-remind-off = Cancel reminder
card-remind-off-label = Cancel reminder of { $title }
card-opens-in = Opens in { $left }
card-offline = The shop could not be reached. Press again: the same claim is not counted twice.
card-more = Details
card-first-order = First order only
card-gone-why = All have been claimed.
card-used = You have used it.
card-to-order-label = See the order that uses { $title }
