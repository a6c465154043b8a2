# The editor of templates. Its older words stand in ops.ftl.
editor-contents = Parts of the form
editor-returns = Returns
editor-products = Single products
editor-conflicts-link = See which live templates it meets

scope-filter = Find a category
scope-filter-none = No category is called that.
scope-products-in = { $n ->
    [1] 1 product
   *[other] { $n } products
}
scope-mark-everything = covered, as long as nothing is included
scope-mark-included = covered, with everything below
scope-mark-included-by = covered: { $name } is included
scope-mark-excluded = not covered, nor anything below
scope-mark-excluded-by = not covered: { $name } is excluded
scope-mark-elsewhere = not covered: only other things are included

picker-label = Find a product by name or id
picker-none = No product is called that. Ids that are not in the catalogue can be typed above.
picker-add = Add
picker-added = Added

coverage-count = Covers { $covered } of { $total } products
coverage-nothing = Covers no product of the catalogue.
coverage-unknown = { $n ->
    [one] One product named is not in the catalogue. It counts once it is sold.
   *[other] { $shown } products named are not in the catalogue. They count once they are sold.
}

conflicts-clashing = { $n ->
    [one] Cannot be used together with one live template
   *[other] Cannot be used together with { $n } live templates
}
conflicts-combining = { $n ->
    [one] Combines with one live template
   *[other] Combines with { $n } live templates
}
conflicts-more = and { $n } more
conflicts-none = No live template covers the same products at the same time.
conflict-both-alone = Each of them stands alone
conflict-alone = This one stands alone
conflict-other-alone = That one stands alone
conflict-group = Same group “{ $group }”

preview-card = In the coupon center
preview-coverage = How much of the catalogue
preview-conflicts = Beside live templates
preview-offline = The server cannot be reached. This may be out of date.
preview-to-form = Back to the form
card-percent = { $off }%
trial-add = Add a line
trial-remove = Remove this line
trial-line = Line
trial-named = A product you named
trial-pays = Pays
trial-covered = covered
trial-uncovered = not covered

kept-offer = You have unsaved changes from { $at }.
kept-stale = Another revision was saved since.
kept-restore = Restore
kept-discard = Discard

stale-who = { $who } saved it on { $at }.
stale-somebody = Somebody else
stale-changes = What yours changes in it:

editor-sent-before = This form was saved before, as it was then. Saving now makes another template.
