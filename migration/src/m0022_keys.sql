-- What an order names is read along the front of its key. Four further indexes were written with every
-- coupon and every line, and by these nobody reads. No row is rewritten here, and a node of an earlier
-- release may go on beside it.
--
-- What a template has in locks is added up from the locks that are active.
DROP INDEX lock_coupons_by_template;
-- An order names nothing twice: a cart and a quote refuse it, a coupon is taken and used by writes that
-- are counted, and `doctor` looks through what was written. SQLite drops none of these without its table.
@postgres ALTER TABLE lock_coupons DROP CONSTRAINT lock_coupons_code;
@postgres ALTER TABLE redemption_lines DROP CONSTRAINT redemption_lines_line;
@postgres ALTER TABLE redemption_coupons DROP CONSTRAINT redemption_coupons_code;
