-- Endpoints that are told what happens, and what they were told.
--
-- The audit trail gets the order the ledger has (see `events` in the first step), so that it can be
-- read on from a place without missing what commits late.
@sqlite CREATE TABLE changes_with_n (
@sqlite n INTEGER NOT NULL CONSTRAINT changes_key PRIMARY KEY AUTOINCREMENT,
@sqlite xid INTEGER NOT NULL DEFAULT 0,
@sqlite id BLOB NOT NULL,
@sqlite at INTEGER NOT NULL,
@sqlite actor TEXT NOT NULL,
@sqlite subject_kind TEXT NOT NULL,
@sqlite subject TEXT NOT NULL,
@sqlite action TEXT NOT NULL,
@sqlite old TEXT,
@sqlite new TEXT,
@sqlite address TEXT,
@sqlite CONSTRAINT changes_id UNIQUE (id)
@sqlite ) STRICT;
@sqlite INSERT INTO changes_with_n (id, at, actor, subject_kind, subject, action, old, new, address)
@sqlite SELECT id, at, actor, subject_kind, subject, action, old, new, address FROM changes
@sqlite ORDER BY at, id;
@sqlite DROP TABLE changes;
@sqlite ALTER TABLE changes_with_n RENAME TO changes;
@sqlite CREATE INDEX changes_by_subject ON changes (subject_kind, subject, at);
@sqlite CREATE INDEX changes_by_time ON changes (at);
@postgres CREATE SEQUENCE changes_n;
@postgres ALTER TABLE changes ADD COLUMN n BIGINT NOT NULL DEFAULT nextval('changes_n');
@postgres ALTER TABLE changes
@postgres ADD COLUMN xid BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX changes_in_order ON changes (xid, n);

-- `topics` is a list of words with a space between. Secrets sign, so they are kept as they are;
-- `old_secrets` is a list of `[secret, until]`: a secret that was replaced signs on beside the new
-- one. `events_*` and `changes_*` are the places up to which the ledger and the audit trail have
-- been turned into deliveries.
CREATE TABLE webhooks (
    id {id} NOT NULL,
    url {text} NOT NULL,
    description {text} NOT NULL,
    topics {text} NOT NULL,
    secret {text} NOT NULL,
    old_secrets {text} NOT NULL DEFAULT '[]',
    off {text},
    failing_since {int},
    events_xid {int} NOT NULL,
    events_n {int} NOT NULL,
    changes_xid {int} NOT NULL,
    changes_n {int} NOT NULL,
    created_by {text} NOT NULL,
    created_at {int} NOT NULL,
    deleted_at {int},
    CONSTRAINT webhooks_key PRIMARY KEY (id),
    CONSTRAINT webhooks_off CHECK (off IN ('admin', 'failing', 'gone'))
){strict};

-- One event for one endpoint. It is due at `due_at`, unless somebody is at it until `leased_until`.
CREATE TABLE deliveries (
    bucket {int} NOT NULL,
    id {id} NOT NULL,
    webhook {id} NOT NULL,
    event {text} NOT NULL,
    topic {text} NOT NULL,
    body {text} NOT NULL,
    state {text} NOT NULL,
    attempts {int} NOT NULL DEFAULT 0,
    due_at {int} NOT NULL,
    leased_until {int},
    tried_at {int},
    status {int},
    problem {text},
    answer {text},
    created_at {int} NOT NULL,
    ended_at {int},
    CONSTRAINT deliveries_key PRIMARY KEY (bucket, id),
    CONSTRAINT deliveries_event UNIQUE (bucket, webhook, event),
    CONSTRAINT deliveries_state CHECK (state IN ('waiting', 'delivered', 'dead')),
    CONSTRAINT deliveries_ended CHECK ((state = 'waiting') = (ended_at IS NULL))
){by_bucket};
CREATE INDEX deliveries_due ON deliveries (webhook, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_in_order ON deliveries (webhook, id);
CREATE INDEX deliveries_failed ON deliveries (webhook, id) WHERE state <> 'delivered';
CREATE INDEX deliveries_to_remove ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
