# Segments and the catalogue: told by tables.
upload-nothing = Nothing of this table was imported. Put these lines right and send it again:
upload-line = Line { $line }: { $problem }
upload-cell = Line { $line }, { $column }: { $problem }
upload-no-column = Line 1: there is no column “{ $column }”.
upload-no-text = This is no CSV file in UTF-8. A spreadsheet can save one: CSV UTF-8.
upload-more = These are the first { $n }; there may be more.

nav-segments = Segments
segments-title = Segments
segments-lead = Groups of shoppers that a coupon can be for. Their members come from the order system or from a list here.
segment-change = Change a segment by a list
segment-name = Segment
segment-action = What is done
segment-add = Put those in the list into it
segment-remove = Take those in the list out of it
segment-file = List as CSV
segment-file-hint = Up to 100,000 lines with a column “shopper”: a shopper’s id, or the e-mail or phone number they sign in with. One line that is wrong keeps all of it out.
segment-file-again = Choose the file again.
segment-strangers = { $n ->
    [one] Nothing was saved yet: one id was never seen here.
   *[other] Nothing was saved yet: { $text } ids were never seen here.
}
segment-strangers-tick = They are shopper ids of our shop; put them in.
segment-save = Send list
segment-added = { $n } of the list are in “{ $segment }” now. In all it has { $total }.
segment-removed = { $n } of the list are not in “{ $segment }” now. In all it has { $total }.
segment-count = How many are in it
segment-ask = Count
segment-members = { $n ->
    [0] Nobody is in “{ $segment }”.
    [one] One shopper is in “{ $segment }”.
   *[other] { $text } shoppers are in “{ $segment }”.
}
segment-lately = Lists sent lately
segment-lately-none = No list was sent yet.
segment-in = put in
segment-out = taken out
segment-shoppers = Shoppers
segment-who = By
segment-when = When

nav-catalogue = Catalogue
catalogue-title = Catalogue
catalogue-lead = { $categories } categories and { $products } products, from the order system or from a table.
catalogue-search = Product, by name or id
catalogue-tree = Categories
catalogue-way = Way to this category
catalogue-all = All
catalogue-count = { $n ->
    [one] one product
   *[other] { $text } products
}
catalogue-more = and { $text } more
catalogue-none = Choose a category or search to see its products.
catalogue-none-here = No product lies directly in this category.
catalogue-none-found = No product is called that.
catalogue-import-categories = Import categories
catalogue-products = Products
catalogue-import-products = Import products
catalogue-name = Name
catalogue-id = Id
catalogue-category = Category
catalogue-price = Price
catalogue-file = Table as CSV
catalogue-categories-hint = Columns id, name, parent; parents may come later in the same table. All of it or nothing is imported.
catalogue-products-hint = Columns id, name, category, price; categories must be known. All of it or nothing is imported.
catalogue-take = Import
catalogue-imported = Rows imported: { $n }.
