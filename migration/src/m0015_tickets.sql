-- Claims that were accepted to be settled in turn, with what they came with, and what came of them.
CREATE TABLE tickets (
    bucket {int} NOT NULL,
    id {id} NOT NULL,
    shopper {text} NOT NULL,
    template {id} NOT NULL,
    channel {text},
    link {text},
    device {text},
    address {text},
    vouched {bool} NOT NULL,
    accepted_at {int} NOT NULL,
    state {text} NOT NULL,
    -- One that could not be settled is left alone until then, so that it holds up nobody.
    put_off_until {int},
    coupon {text},
    -- As JSON.
    refusal {text},
    settled_at {int},
    CONSTRAINT tickets_key PRIMARY KEY (bucket, id),
    CONSTRAINT tickets_state CHECK (state IN ('waiting', 'settled', 'refused')),
    CONSTRAINT tickets_coupon CHECK ((state = 'settled') = (coupon IS NOT NULL)),
    CONSTRAINT tickets_refusal CHECK ((state = 'refused') = (refusal IS NOT NULL)),
    CONSTRAINT tickets_settled CHECK ((state = 'waiting') = (settled_at IS NULL))
){by_bucket};
-- Whoever presses again while one waits has that one.
CREATE UNIQUE INDEX tickets_waiting ON tickets (bucket, shopper, template)
    WHERE state = 'waiting';
CREATE INDEX tickets_in_order ON tickets (accepted_at, id) WHERE state = 'waiting';
CREATE INDEX tickets_of_shopper ON tickets (bucket, shopper, accepted_at);
CREATE INDEX tickets_to_remove ON tickets (settled_at) WHERE settled_at IS NOT NULL;
