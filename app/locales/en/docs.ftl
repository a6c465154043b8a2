# Around the page of the integration API, which is in English itself.
docs-title = Integration API
docs-lead = How order and payment systems quote, lock, redeem and return coupons.
docs-contents = On this page
docs-walk = A whole integration
docs-shapes = Shapes
docs-fields = Fields
docs-parameters = Parameters
docs-body = Body
docs-answers = Answers
docs-name = Name
docs-place = Where
docs-type = Type
docs-about = What it is
docs-content = Content type
docs-status = Status
docs-required = Required.
docs-errors = See what goes wrong
