-- A reminder is told to endpoints once.
ALTER TABLE reminders ADD COLUMN told_at {int};
CREATE INDEX reminders_to_tell ON reminders (template) WHERE told_at IS NULL;

-- Coupons whose end a shopper wants to be told of, and from when on.
CREATE TABLE expiry_reminders (
    bucket {int} NOT NULL,
    coupon {text} NOT NULL,
    shopper {text} NOT NULL,
    due_at {int} NOT NULL,
    told_at {int},
    CONSTRAINT expiry_reminders_key PRIMARY KEY (bucket, coupon)
){by_bucket};
CREATE INDEX expiry_reminders_of_shopper ON expiry_reminders (bucket, shopper, due_at);
CREATE INDEX expiry_reminders_to_tell ON expiry_reminders (due_at) WHERE told_at IS NULL;
CREATE INDEX expiry_reminders_to_remove ON expiry_reminders (told_at) WHERE told_at IS NOT NULL;
