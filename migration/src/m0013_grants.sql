-- Coupons given to many at once. `place` is the position of the last recipient that was settled: it
-- moves in the transaction that makes the coupons, so that each recipient is settled once.
CREATE TABLE grants (
    id {id} NOT NULL,
    template {id} NOT NULL,
    state {text} NOT NULL,
    -- Whoever is in this segment; none: whoever is in the list that was uploaded.
    segment {text},
    actor {text} NOT NULL,
    note {text},
    -- It runs as soon as it is checked: nobody looks at the numbers first.
    starts_itself {bool} NOT NULL,
    -- Entries of the list that were looked at, and how many there are; of a segment both grow.
    checked {int} NOT NULL DEFAULT 0,
    listed {int} NOT NULL,
    -- Where the walk through a segment's shoppers stands.
    walked_bucket {int} NOT NULL DEFAULT -1,
    walked_shopper {text} NOT NULL DEFAULT '',
    malformed {int} NOT NULL DEFAULT 0,
    duplicates {int} NOT NULL DEFAULT 0,
    recipients {int} NOT NULL DEFAULT 0,
    -- What the check foresees of the recipients: none of it is decided before they are settled.
    unknown {int} NOT NULL DEFAULT 0,
    blocked {int} NOT NULL DEFAULT 0,
    over_limit {int} NOT NULL DEFAULT 0,
    outside {int} NOT NULL DEFAULT 0,
    place {int} NOT NULL DEFAULT 0,
    given {int} NOT NULL DEFAULT 0,
    failed {int} NOT NULL DEFAULT 0,
    -- Why it paused or ended by itself, as the code of a refusal.
    stopped_by {text},
    leased_until {int},
    created_at {int} NOT NULL,
    ended_at {int},
    -- It has ended, and its recipients and pages are gone.
    cleared {bool} NOT NULL DEFAULT FALSE,
    CONSTRAINT grants_key PRIMARY KEY (id),
    CONSTRAINT grants_template FOREIGN KEY (template) REFERENCES templates (id),
    CONSTRAINT grants_state CHECK (
        state IN ('checking', 'ready', 'running', 'paused', 'done', 'cancelled')
    ),
    CONSTRAINT grants_counts CHECK (
        checked >= 0 AND malformed >= 0 AND duplicates >= 0 AND given >= 0 AND failed >= 0
        AND checked = malformed + duplicates + recipients AND given + failed <= recipients
    )
){strict};
CREATE INDEX grants_to_work_at ON grants (leased_until) WHERE state IN ('checking', 'running');
CREATE INDEX grants_by_template ON grants (template, id);
CREATE INDEX grants_to_clear ON grants (ended_at) WHERE ended_at IS NOT NULL AND NOT cleared;

-- A list as it was uploaded, a page of entries in a row, until it is checked: JSON texts.
CREATE TABLE grant_pages (
    grant_id {id} NOT NULL,
    page {int} NOT NULL,
    entries {text} NOT NULL,
    made_at {int} NOT NULL,
    CONSTRAINT grant_pages_key PRIMARY KEY (grant_id, page)
){strict};
CREATE INDEX grant_pages_by_time ON grant_pages (made_at);

-- Who is to get one, each once; gone when the grant has ended.
CREATE TABLE grant_recipients (
    bucket {int} NOT NULL,
    grant_id {id} NOT NULL,
    shopper {text} NOT NULL,
    position {int} NOT NULL,
    CONSTRAINT grant_recipients_key PRIMARY KEY (bucket, grant_id, shopper)
){by_bucket};
CREATE INDEX grant_recipients_in_order ON grant_recipients (grant_id, position);

-- Who got none, and the refusal that says why, as JSON. `bucket` is that of the text in the list,
-- which need not be anybody.
CREATE TABLE grant_failures (
    bucket {int} NOT NULL,
    grant_id {id} NOT NULL,
    position {int} NOT NULL,
    shopper {text} NOT NULL,
    refusal {text} NOT NULL,
    CONSTRAINT grant_failures_key PRIMARY KEY (bucket, grant_id, position)
){by_bucket};
CREATE INDEX grant_failures_in_order ON grant_failures (grant_id, position);

-- Pool codes that are made in the background. `made` moves in the transaction that makes them.
CREATE TABLE pools (
    id {id} NOT NULL,
    template {id} NOT NULL,
    state {text} NOT NULL,
    actor {text} NOT NULL,
    wanted {int} NOT NULL,
    made {int} NOT NULL DEFAULT 0,
    -- Why there are fewer than wanted, as the code of a refusal.
    stopped_by {text},
    leased_until {int},
    created_at {int} NOT NULL,
    ended_at {int},
    CONSTRAINT pools_key PRIMARY KEY (id),
    CONSTRAINT pools_template FOREIGN KEY (template) REFERENCES templates (id),
    CONSTRAINT pools_state CHECK (state IN ('making', 'done', 'stopped')),
    CONSTRAINT pools_made CHECK (made >= 0 AND made <= wanted)
){strict};
CREATE INDEX pools_to_work_at ON pools (leased_until) WHERE state = 'making';
CREATE INDEX pools_by_template ON pools (template, id);
