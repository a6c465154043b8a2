-- Openings that a shopper wants to be told of.
CREATE TABLE reminders (
    bucket {int} NOT NULL,
    shopper {text} NOT NULL,
    template {id} NOT NULL,
    asked_at {int} NOT NULL,
    CONSTRAINT reminders_key PRIMARY KEY (bucket, shopper, template)
){by_bucket};
