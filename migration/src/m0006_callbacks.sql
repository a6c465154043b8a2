-- What the payment center told of an order, each thing once. A row is written in the transaction of
-- its effect; what cannot have one yet waits, and what the rules refuse is before ops as an exception.
CREATE TABLE callbacks (
    bucket {int} NOT NULL,
    order_ref {text} NOT NULL,
    kind {text} NOT NULL,
    -- The payment; of a refund the refund.
    reference {text} NOT NULL,
    payment {text} NOT NULL,
    requested {text},
    state {text} NOT NULL,
    exception {id},
    received_at {int} NOT NULL,
    CONSTRAINT callbacks_key PRIMARY KEY (bucket, order_ref, kind, reference),
    CONSTRAINT callbacks_kind CHECK (
        kind IN ('payment.succeeded', 'payment.canceled', 'refund.succeeded')
    ),
    CONSTRAINT callbacks_state CHECK (state IN ('waiting', 'settled', 'refused'))
){by_bucket};
-- The sweep looks for what can be settled by now.
CREATE INDEX callbacks_waiting ON callbacks (received_at) WHERE state = 'waiting';
