-- Turnover without coupons reads what was paid here without one; an order with a coupon writes nothing
-- into this.
CREATE INDEX redemptions_plain ON redemptions (redeemed_at)
    WHERE outcome = 'exception' OR discount = 0;
