-- Refunds get the order the ledger has (see `events` in the first step), so that they can be read on
-- from a place without missing what commits late.
@sqlite CREATE TABLE returns_with_n (
@sqlite n INTEGER NOT NULL CONSTRAINT returns_n PRIMARY KEY AUTOINCREMENT,
@sqlite xid INTEGER NOT NULL DEFAULT 0,
@sqlite bucket INTEGER NOT NULL,
@sqlite redemption BLOB NOT NULL,
@sqlite seq INTEGER NOT NULL,
@sqlite refund TEXT NOT NULL,
@sqlite amount INTEGER NOT NULL,
@sqlite requested TEXT NOT NULL,
@sqlite lines TEXT NOT NULL,
@sqlite coupons TEXT NOT NULL,
@sqlite created_at INTEGER NOT NULL,
@sqlite CONSTRAINT returns_key UNIQUE (bucket, redemption, seq),
@sqlite CONSTRAINT returns_refund UNIQUE (bucket, redemption, refund),
@sqlite CONSTRAINT returns_redemption
@sqlite FOREIGN KEY (bucket, redemption) REFERENCES redemptions (bucket, id),
@sqlite CONSTRAINT returns_seq CHECK (seq >= 1),
@sqlite CONSTRAINT returns_amount CHECK (amount >= 0)
@sqlite ) STRICT;
@sqlite INSERT INTO returns_with_n (bucket, redemption, seq, refund, amount, requested, lines, coupons,
@sqlite created_at)
@sqlite SELECT bucket, redemption, seq, refund, amount, requested, lines, coupons, created_at
@sqlite FROM returns ORDER BY created_at, bucket, redemption, seq;
@sqlite DROP TABLE returns;
@sqlite ALTER TABLE returns_with_n RENAME TO returns;
@sqlite CREATE INDEX returns_by_time ON returns (created_at);
@postgres CREATE SEQUENCE returns_n;
@postgres ALTER TABLE returns ADD COLUMN n BIGINT NOT NULL DEFAULT nextval('returns_n');
@postgres ALTER TABLE returns
@postgres ADD COLUMN xid BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX returns_in_order ON returns (xid, n);

-- Which coupons an order was paid with: a mix is a set of templates, revisions and channels, and its id
-- is made of them. Template zero stands for all of them, with revision zero; no channel is ''.
CREATE TABLE mixes (
    template {id} NOT NULL,
    mix {id} NOT NULL,
    revision {int} NOT NULL,
    channel {text} NOT NULL,
    CONSTRAINT mixes_key PRIMARY KEY (template, mix, revision, channel)
){strict};
CREATE INDEX mixes_by_id ON mixes (mix);

-- What happened within an hour, or within a local day of the shop, by the moment it begins: at that
-- time (basis 'event'), or at any time to coupons claimed then (basis 'claim'). Stages stand with the
-- mix of their coupon alone; what an order came to and every refund of it stand with the mix of all
-- its coupons. Both stand once more with template zero in the place of the templates.
CREATE TABLE rollups (
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
    turnover {int} NOT NULL,
    refunded {int} NOT NULL,
    CONSTRAINT rollups_key PRIMARY KEY (mix, basis, step, at),
    CONSTRAINT rollups_basis CHECK (basis IN ('event', 'claim')),
    CONSTRAINT rollups_step CHECK (step IN ('hour', 'day'))
@sqlite ) STRICT, WITHOUT ROWID;
@postgres );

-- A shopper's first order with a coupon, in the order of the ledger.
CREATE TABLE newcomers (
    bucket {int} NOT NULL,
    shopper {text} NOT NULL,
    order_ref {text} NOT NULL,
    at {int} NOT NULL,
    mix {id} NOT NULL,
    CONSTRAINT newcomers_key PRIMARY KEY (bucket, shopper)
){by_bucket};
CREATE INDEX newcomers_by_time ON newcomers (at);

-- How far the ledger and the refunds are added up, and in the days of which zone; a row of its own,
-- which moves in the transaction that adds. Whoever adds has it until the lease ends.
CREATE TABLE rollup_places (
    id {int} NOT NULL,
    zone {text} NOT NULL,
    events_xid {int} NOT NULL,
    events_n {int} NOT NULL,
    returns_xid {int} NOT NULL,
    returns_n {int} NOT NULL,
    leased_until {int} NOT NULL,
    CONSTRAINT rollup_places_key PRIMARY KEY (id),
    CONSTRAINT rollup_places_one CHECK (id = 1)
){strict};
INSERT INTO rollup_places (id, zone, events_xid, events_n, returns_xid, returns_n, leased_until)
VALUES (1, '', -1, 0, -1, 0, 0);

-- `counts` by the local day of the shop, by the moment it begins; template zero stands for all.
CREATE TABLE daily_counts (
    template {id} NOT NULL,
    kind {text} NOT NULL,
    day {int} NOT NULL,
    channel {text} NOT NULL,
    n {int} NOT NULL,
    CONSTRAINT daily_counts_key PRIMARY KEY (template, kind, day, channel),
    CONSTRAINT daily_counts_n CHECK (n >= 0)
@sqlite ) STRICT, WITHOUT ROWID;
@postgres );
-- Those of one kind over a period, whatever the template.
CREATE INDEX counts_by_time ON counts (hour);

-- Where shoppers come from, as far as somebody gave it a name; any other channel counts as well.
CREATE TABLE channels (
    channel {text} NOT NULL,
    name {text} NOT NULL,
    created_at {int} NOT NULL,
    CONSTRAINT channels_key PRIMARY KEY (channel)
){strict};

-- What was spent on a channel from one local day through another, as somebody entered it; days are
-- numbered from 1970-01-01.
CREATE TABLE channel_costs (
    id {id} NOT NULL,
    channel {text} NOT NULL,
    first_day {int} NOT NULL,
    last_day {int} NOT NULL,
    amount {int} NOT NULL,
    note {text} NOT NULL,
    entered_by {text} NOT NULL,
    entered_at {int} NOT NULL,
    CONSTRAINT channel_costs_key PRIMARY KEY (id),
    CONSTRAINT channel_costs_channel FOREIGN KEY (channel) REFERENCES channels (channel),
    CONSTRAINT channel_costs_days CHECK (first_day <= last_day),
    CONSTRAINT channel_costs_amount CHECK (amount > 0)
){strict};
CREATE INDEX channel_costs_by_time ON channel_costs (channel, first_day);
