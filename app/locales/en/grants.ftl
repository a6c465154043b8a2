# Coupons given to many at once, and codes made in advance.
nav-grants = Grants
grants-title = Grants
grants-lead = Give a coupon to everybody in a list or a segment. The list is checked first; nobody gets anything before you start.
grants-list = All grants
grants-none-title = Nothing was given yet
grants-none = Once coupons are given to a list or a segment, you see here how far that is.
grant-title = Grant: { $name }
grant-by = asked for by { $by }
grant-state-checking = Checking
grant-state-ready = Ready to start
grant-state-running = Running
grant-state-paused = Paused
grant-state-done = Done
grant-state-cancelled = Cancelled
grant-said-walking = { $found } found in the segment so far
grant-said-checking = { $checked } of { $listed } entries checked
grant-said-ready = { $n ->
    [one] One shopper is in it; nothing was given yet
   *[other] { $text } shoppers are in it; nothing was given yet
}
grant-said-running = { $given } given, { $failed } not given, { $left } to go

# The form for another.
grant-new = Give coupons
grant-no-templates = There is no live template to give. Publish one first; one that is only granted shows up nowhere else.
grant-template = Template
grant-choose = Choose a template
grant-one-of = To whom? A file, a few lines or a segment; one of the three.
grant-file = CSV file
grant-file-hint = With a column “shopper”; other columns are passed over. Up to a million lines.
grant-file-empty = Nobody is in this file.
grant-file-column = This file has no column called “shopper”.
grant-shoppers = Shoppers
grant-shoppers-hint = One a line: a shopper’s id, or the e-mail or phone number they sign in with.
grant-segment = Segment
grant-segment-hint = Everybody who is in it when it is checked.
grant-note = Reason
grant-note-hint = Why you give it. It stays in the audit trail.
grant-check = Check the list

# One grant.
grant-progress = Progress
grant-look-again = Look again
grant-found = What is in it
grant-found-hint = Everybody is judged once more when it is their turn, so these numbers may change until then.
grant-listed = Entries
grant-malformed = Not a shopper id
grant-duplicates = Duplicates
grant-recipients = Different shoppers
grant-unknown = Ids never seen here
grant-blocked = Blocked
grant-over-limit = Have as many as they may have
grant-outside = Not in the template’s audience
grant-fit = Can get one
grant-strangers = { $n ->
    [one] One id was never seen here. If it is not a shopper id of your shop, its coupon will be in a wallet that nobody opens.
   *[other] { $text } ids were never seen here. If they are not shopper ids of your shop, their coupons will be in wallets that nobody opens.
}
grant-named = Who is in it
grant-named-more = The first { $shown } of { $n }.
grant-short = { $n ->
    [0] No stock is left: { $short } will be told so.
   *[other] The stock is enough for { $left }: the last { $short } will be told that nothing is left.
}
grant-stopped-paused = The template was paused, and so is this. Publish the template, then resume.
grant-stopped-review = The template is being reviewed after an edit, so this is paused. Once it is published again, resume.
grant-segment-empty = Nobody is in this segment yet. The shop’s systems say who is; check its name, or ask again later.
grant-nobody = Nobody in it can get one, so there is nothing to start.
grant-stopped-closed = The template ended, or its coupons could no longer be used, so this ended too.
grant-start-effect = { $n ->
    [one] Gives one coupon, in the background. What is given cannot be taken back in one go.
   *[other] Gives { $text } coupons, in the background. What is given cannot be taken back in one go.
}
grant-start = Start giving
grant-started = Started. You may leave this page; it goes on.
grant-pause-effect = Nobody gets any more until it is resumed. What was given stays given.
grant-pause = Pause
grant-paused = Paused.
grant-resume-effect = It goes on where it stopped. Nobody gets a second one.
grant-resume = Resume
grant-resumed = It goes on.
grant-cancel-ask = Cancel…
grant-cancel-effect = It ends for good. What was given stays given; the others get nothing.
grant-cancel = Cancel the grant
grant-cancelled = Cancelled.
grant-failures = Not given
grant-failures-more = The first { $shown } of { $n }. The file has them all.
grant-failures-download = Download as CSV
grant-position = Entry
grant-shopper = Shopper
grant-reason = Why
grant-to = To
grant-to-list = A list
grant-to-segment = The segment “{ $segment }”
grant-ended = Ended

# Why somebody in a list got none; told to whoever gave.
failure-claim-limit-reached = Has as many as one may have.
failure-daily-limit-reached = Got as many today as one may in a day.
failure-risk-rejected = Is blocked.
failure-new-shoppers-only = Has ordered before, and this is for first orders.
failure-not-in-audience = Is not in the segment this is for.
failure-sold-out = Nothing was left.
failure-duplicate = Is named further up already.
failure-malformed = Is not a shopper id.
failure-unknown = Is not a shopper id, and nobody signs in with it.

# Pool codes of a template.
template-grant = Give it to many
codes-title = Codes
codes-ask = Make codes…
codes-count = How many
codes-count-hint = Up to 1,000,000. They take stock as they are made; whoever enters one first gets the coupon.
codes-make = Make codes
codes-asked = The codes are being made. The file has those that are there.
codes-making = { $made } of { $wanted } made so far
codes-done = { $made } made
codes-sold-out = { $made } of { $wanted } made, then nothing was left in stock
codes-stopped = { $made } of { $wanted } made, then the template ended
codes-download = Download codes as CSV
