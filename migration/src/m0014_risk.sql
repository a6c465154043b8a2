-- What risk keeps.
--
-- Rules that somebody has changed; the others stand as they were thought out.
CREATE TABLE risk_rules (
    rule {text} NOT NULL,
    most {int} NOT NULL,
    window_minutes {int} NOT NULL,
    mode {text} NOT NULL,
    CONSTRAINT risk_rules_key PRIMARY KEY (rule),
    CONSTRAINT risk_rules_bound CHECK (most > 0 AND window_minutes > 0),
    CONSTRAINT risk_rules_mode CHECK (mode IN ('off', 'shadow', 'on'))
){strict};

-- Who never claims, and for whom the rules do not hold. A thing stands on one list at most.
CREATE TABLE risk_entries (
    id {id} NOT NULL,
    list {text} NOT NULL,
    kind {text} NOT NULL,
    thing {text} NOT NULL,
    reason {text} NOT NULL,
    added_by {text} NOT NULL,
    added_at {int} NOT NULL,
    expires_at {int},
    CONSTRAINT risk_entries_key PRIMARY KEY (id),
    CONSTRAINT risk_entries_thing UNIQUE (kind, thing),
    CONSTRAINT risk_entries_list CHECK (list IN ('deny', 'allow')),
    CONSTRAINT risk_entries_kind CHECK (kind IN ('shopper', 'device', 'network'))
){strict};
CREATE INDEX risk_entries_to_remove ON risk_entries (expires_at) WHERE expires_at IS NOT NULL;

-- How many came lately: `counts` holds a number for each part of the window, the newest first, a
-- space between; `part` is the number of the newest since the epoch. `turn` counts the writes, so
-- that whoever writes says what it has read. On the day `gone_on` nothing of it is in the window any
-- more; a day, so that most writes leave the index alone.
CREATE TABLE risk_counters (
    bucket {int} NOT NULL,
    key {text} NOT NULL,
    part {int} NOT NULL,
    counts {text} NOT NULL,
    turn {int} NOT NULL,
    gone_on {int} NOT NULL,
    CONSTRAINT risk_counters_key PRIMARY KEY (bucket, key)
){by_bucket};
CREATE INDEX risk_counters_to_remove ON risk_counters (gone_on);

-- Who has guessed too much, and how far it has come with them.
CREATE TABLE risk_stops (
    rule {text} NOT NULL,
    subject {text} NOT NULL,
    step {text} NOT NULL,
    ends_at {int} NOT NULL,
    CONSTRAINT risk_stops_key PRIMARY KEY (rule, subject),
    CONSTRAINT risk_stops_step CHECK (step IN ('delay', 'challenge', 'lock_out'))
){strict};
CREATE INDEX risk_stops_to_remove ON risk_stops (ends_at);

-- What was decided of a claim or a code, unless it plainly passed, and what somebody thinks of it.
CREATE TABLE risk_hits (
    bucket {int} NOT NULL,
    id {id} NOT NULL,
    at {int} NOT NULL,
    shopper {text} NOT NULL,
    template {id},
    device {text},
    address {text},
    rule {text} NOT NULL,
    decision {text} NOT NULL,
    refusal {text},
    why {text} NOT NULL,
    coupon {text},
    verdict {text},
    judged_by {text},
    judged_at {int},
    CONSTRAINT risk_hits_key PRIMARY KEY (bucket, id),
    CONSTRAINT risk_hits_decision CHECK (decision IN ('refused', 'shadow', 'allowed')),
    CONSTRAINT risk_hits_refusal CHECK ((decision = 'refused') = (refusal IS NOT NULL)),
    CONSTRAINT risk_hits_verdict CHECK (verdict IN ('right', 'wrong')),
    CONSTRAINT risk_hits_judged CHECK ((verdict IS NULL) = (judged_at IS NULL))
){by_bucket};
CREATE INDEX risk_hits_in_order ON risk_hits (id);
CREATE INDEX risk_hits_of_rule ON risk_hits (rule, id);
CREATE INDEX risk_hits_of_shopper ON risk_hits (shopper, id);
CREATE INDEX risk_hits_with_verdict ON risk_hits (rule) WHERE verdict IS NOT NULL;
CREATE INDEX risk_hits_to_remove ON risk_hits (at);
