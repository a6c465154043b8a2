-- Whoever saw any template on a day stands once more with template zero.
INSERT INTO viewers (template, day, visitor, channel)
@sqlite SELECT DISTINCT x'00000000000000000000000000000000', day, visitor, channel FROM viewers;
@postgres SELECT DISTINCT '00000000-0000-0000-0000-000000000000'::uuid, day, visitor, channel FROM viewers;
CREATE INDEX viewers_to_remove ON viewers (day);

-- How many there were on a day, from when they themselves are removed on.
CREATE TABLE viewer_days (
    template {id} NOT NULL,
    day {int} NOT NULL,
    channel {text} NOT NULL,
    n {int} NOT NULL,
    CONSTRAINT viewer_days_key PRIMARY KEY (template, day, channel),
    CONSTRAINT viewer_days_n CHECK (n > 0)
){strict};

-- Sums are made anew beside those that are read, as a generation of their own, and read once they are
-- ready; from the records all of it comes again.
DROP TABLE rollups;
CREATE TABLE rollups (
    generation {int} NOT NULL,
    mix {id} NOT NULL,
    basis {text} NOT NULL,
    step {text} NOT NULL,
    at {int} NOT NULL,
    claims {int} NOT NULL,
    granted {int} NOT NULL,
    locks {int} NOT NULL,
    redeems {int} NOT NULL,
    returned {int} NOT NULL,
    discount {int} NOT NULL,
    taken_off {int} NOT NULL,
    turnover {int} NOT NULL,
    refunded {int} NOT NULL,
    CONSTRAINT rollups_key PRIMARY KEY (generation, mix, basis, step, at),
    CONSTRAINT rollups_basis CHECK (basis IN ('event', 'claim')),
    CONSTRAINT rollups_step CHECK (step IN ('hour', 'day'))
@sqlite ) STRICT, WITHOUT ROWID;
@postgres );

-- A shopper's earliest order with a coupon.
DROP TABLE newcomers;
CREATE TABLE newcomers (
    bucket {int} NOT NULL,
    generation {int} NOT NULL,
    shopper {text} NOT NULL,
    order_ref {text} NOT NULL,
    at {int} NOT NULL,
    mix {id} NOT NULL,
    CONSTRAINT newcomers_key PRIMARY KEY (bucket, generation, shopper)
){by_bucket};
CREATE INDEX newcomers_by_time ON newcomers (generation, at);

DROP TABLE daily_counts;
CREATE TABLE daily_counts (
    generation {int} NOT NULL,
    template {id} NOT NULL,
    kind {text} NOT NULL,
    day {int} NOT NULL,
    channel {text} NOT NULL,
    n {int} NOT NULL,
    CONSTRAINT daily_counts_key PRIMARY KEY (generation, template, kind, day, channel),
    CONSTRAINT daily_counts_n CHECK (n >= 0)
@sqlite ) STRICT, WITHOUT ROWID;
@postgres );

-- How far each generation has come: counts of hours before `counted_until` are added up, and the two
-- records up to these places, by the days of this zone. Whoever adds has it until the lease ends, and
-- nodes of that zone are there until `used_until` at least.
DROP TABLE rollup_places;
CREATE TABLE rollup_places (
    generation {int} NOT NULL,
    zone {text} NOT NULL,
    is_ready {bool} NOT NULL,
    counted_until {int} NOT NULL,
    events_xid {int} NOT NULL,
    events_n {int} NOT NULL,
    returns_xid {int} NOT NULL,
    returns_n {int} NOT NULL,
    leased_until {int} NOT NULL,
    used_until {int} NOT NULL,
    CONSTRAINT rollup_places_key PRIMARY KEY (generation)
){strict};
CREATE UNIQUE INDEX rollup_places_making ON rollup_places (zone) WHERE NOT is_ready;

-- Failures within a window, whatever the webhook.
CREATE INDEX deliveries_failed_by_time ON deliveries (tried_at)
    WHERE state <> 'delivered' AND attempts > 0;
