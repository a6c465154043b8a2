-- Paid orders that the host shop tells of, with or without a coupon. One that is redeemed here too
-- counts once for its shopper.
CREATE TABLE orders (
    bucket {int} NOT NULL,
    order_ref {text} NOT NULL,
    shopper {text} NOT NULL,
    total {int} NOT NULL,
    paid_at {int} NOT NULL,
    channel {text},
    told_at {int} NOT NULL,
    CONSTRAINT orders_key PRIMARY KEY (bucket, order_ref),
    CONSTRAINT orders_total CHECK (total >= 0)
){by_bucket};
CREATE INDEX orders_by_shopper ON orders (shopper, paid_at);
CREATE INDEX orders_by_time ON orders (paid_at);

-- Refunds of a period, without reading all there ever were.
CREATE INDEX returns_by_time ON returns (created_at);

-- What the host shop states, beside what is counted here: neither takes from the other.
ALTER TABLE shoppers ADD COLUMN stated_orders {int} NOT NULL DEFAULT 0;
