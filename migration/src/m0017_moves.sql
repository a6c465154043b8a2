-- An order moves its coupon twice, and no index is to be written anew for that: none of them looks at a
-- coupon's state. The sweep looks at every coupon once when it ends, whatever has become of it. No row is
-- rewritten here, and a node of an earlier release may go on beside it.
DROP INDEX coupons_locked;
DROP INDEX coupons_to_expire;
ALTER TABLE coupons ADD COLUMN is_over {bool} NOT NULL DEFAULT FALSE;
CREATE INDEX coupons_to_expire ON coupons (valid_until)
    WHERE NOT is_over AND valid_until IS NOT NULL;
-- PostgreSQL needs room beside a row for what it is next.
@postgres DO $$ BEGIN
@postgres     FOR n IN 0..15 LOOP
@postgres         EXECUTE format('ALTER TABLE coupons_%s SET (fillfactor = 90)', n);
@postgres     END LOOP;
@postgres END $$;
-- There each row of a split was looked up anew for its keys, a fifth of what an order cost. One function
-- writes a split whole, nothing is ever taken from it, and its books are looked through by `doctor`.
@postgres ALTER TABLE redemption_shares DROP CONSTRAINT redemption_shares_line;
@postgres ALTER TABLE redemption_shares DROP CONSTRAINT redemption_shares_coupon;
@postgres ALTER TABLE redemption_lines DROP CONSTRAINT redemption_lines_redemption;
@postgres ALTER TABLE redemption_coupons DROP CONSTRAINT redemption_coupons_redemption;
@postgres ALTER TABLE lock_coupons DROP CONSTRAINT lock_coupons_lock;
