-- What a shopper saved this year is summed over their paid orders, which are keyed by the order.
CREATE INDEX redemptions_by_shopper ON redemptions (shopper, redeemed_at);
-- A shopper's orders, newest first, without reading everybody's.
CREATE INDEX locks_by_shopper ON locks (shopper, created_at, id);
