-- Rules of alarm that somebody has changed; the others stand as they were thought out.
CREATE TABLE alert_rules (
    rule {text} NOT NULL,
    threshold {int} NOT NULL,
    window_minutes {int} NOT NULL,
    is_on {bool} NOT NULL,
    CONSTRAINT alert_rules_key PRIMARY KEY (rule),
    CONSTRAINT alert_rules_bound CHECK (threshold > 0 AND window_minutes > 0)
){strict};

-- What is too much, or was: seen `since`, told at `fired_at` where it lasted, and well again at
-- `ended_at`. `subject` is a template's id, a coupon's code or '', and `value` the most that was
-- measured meanwhile.
CREATE TABLE alerts (
    id {id} NOT NULL,
    rule {text} NOT NULL,
    subject {text} NOT NULL,
    since {int} NOT NULL,
    fired_at {int},
    ended_at {int},
    threshold {int} NOT NULL,
    value {int} NOT NULL,
    CONSTRAINT alerts_key PRIMARY KEY (id),
    CONSTRAINT alerts_ended CHECK (ended_at IS NULL OR fired_at IS NOT NULL)
){strict};
-- However many judge it at once, a thing is alarming once.
CREATE UNIQUE INDEX alerts_open ON alerts (rule, subject) WHERE ended_at IS NULL;
CREATE INDEX alerts_fired ON alerts (fired_at, id) WHERE fired_at IS NOT NULL;
CREATE INDEX alerts_to_remove ON alerts (ended_at) WHERE ended_at IS NOT NULL;

-- What the rules count, by the minute: claims by what came of them, and refused tries by coupon.
-- `minute` is its first microsecond.
CREATE TABLE pulses (
    kind {text} NOT NULL,
    minute {int} NOT NULL,
    subject {text} NOT NULL,
    n {int} NOT NULL,
    CONSTRAINT pulses_key PRIMARY KEY (kind, minute, subject),
    CONSTRAINT pulses_kind CHECK (kind IN ('claimed', 'refused', 'failed', 'tried')),
    CONSTRAINT pulses_n CHECK (n > 0)
){strict};
CREATE INDEX pulses_to_remove ON pulses (minute);

-- Whose turn a job is that one node does for all, and until when.
CREATE TABLE turns (
    job {text} NOT NULL,
    leased_until {int} NOT NULL,
    CONSTRAINT turns_key PRIMARY KEY (job)
){strict};

-- The audit trail is looked through by who changed something, and by what was changed.
CREATE INDEX changes_by_actor ON changes (actor, at);
CREATE INDEX changes_of_subject ON changes (subject, at);
