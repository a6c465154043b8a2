-- The first schema. `dialect.rs` says how the tokens in braces are read.
--
-- Times are microseconds since the epoch, UTC. Money is minor units. JSON is kept as text: the
-- store never looks into it. No default asks for the time: the engine alone owns a clock.
--
-- `bucket` (0 to 1023) leads the key of whatever grows with shoppers or orders. Coupons, limits and
-- pool codes are in the bucket their shopper or code is in; locks and redemptions are in that of
-- their order. A foreign key is declared where both ends share a bucket or the far end is small
-- and its row is written seldom; coupons, events, tallies and pool codes have none, because a
-- check per row would be most of the price of a claim. `quan doctor` checks those.

-- ---------------------------------------------------------------- templates

CREATE TABLE templates (
    id {id} NOT NULL,
    state {text} NOT NULL,
    revision {int} NOT NULL,
    author {text} NOT NULL,
    campaign {text},
    name {text} NOT NULL,
    visibility {text} NOT NULL,
    lane {text} NOT NULL,
    stock {int},
    issued {int} NOT NULL DEFAULT 0,
    budget {int},
    reserved {int} NOT NULL DEFAULT 0,
    spent {int} NOT NULL DEFAULT 0,
    per_shopper {int} NOT NULL,
    per_shopper_daily {int},
    claim_from {int},
    claim_until {int},
    link_token {text},
    was_listed {bool} NOT NULL DEFAULT FALSE,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    CONSTRAINT templates_key PRIMARY KEY (id),
    CONSTRAINT templates_link_token UNIQUE (link_token),
    CONSTRAINT templates_state CHECK (state IN ('draft', 'in_review', 'live', 'paused', 'ended')),
    CONSTRAINT templates_visibility CHECK (visibility IN ('listed', 'link', 'granted')),
    CONSTRAINT templates_lane CHECK (lane IN ('instant', 'queued')),
    CONSTRAINT templates_revision CHECK (revision >= 1),
    CONSTRAINT templates_stock CHECK (issued >= 0 AND (stock IS NULL OR issued <= stock)),
    CONSTRAINT templates_budget CHECK (
        reserved >= 0 AND spent >= 0 AND (budget IS NULL OR reserved + spent <= budget)
    ),
    CONSTRAINT templates_limits CHECK (
        per_shopper >= 1 AND (per_shopper_daily IS NULL OR per_shopper_daily >= 1)
    ),
    CONSTRAINT templates_claim_window CHECK (
        claim_from IS NULL OR claim_until IS NULL OR claim_from < claim_until
    )
){strict};
-- The coupon center asks for what is live; the console lists by state, newest first.
CREATE INDEX templates_by_state ON templates (state, created_at, id);
CREATE INDEX templates_by_time ON templates (created_at, id);

-- What a coupon is bound to; never changed once written.
CREATE TABLE revisions (
    template {id} NOT NULL,
    revision {int} NOT NULL,
    draft {text} NOT NULL,
    author {text} NOT NULL,
    created_at {int} NOT NULL,
    CONSTRAINT revisions_key PRIMARY KEY (template, revision),
    CONSTRAINT revisions_template FOREIGN KEY (template) REFERENCES templates (id)
){strict};

CREATE TABLE channel_quotas (
    template {id} NOT NULL,
    channel {text} NOT NULL,
    quota {int},
    taken {int} NOT NULL DEFAULT 0,
    CONSTRAINT channel_quotas_key PRIMARY KEY (template, channel),
    CONSTRAINT channel_quotas_template FOREIGN KEY (template) REFERENCES templates (id),
    CONSTRAINT channel_quotas_taken CHECK (taken >= 0 AND (quota IS NULL OR taken <= quota))
){strict};

-- ---------------------------------------------------------------- catalogue

CREATE TABLE categories (
    id {text} NOT NULL,
    name {text} NOT NULL,
    parent {text},
    CONSTRAINT categories_key PRIMARY KEY (id),
    CONSTRAINT categories_parent FOREIGN KEY (parent) REFERENCES categories (id)
){strict};

CREATE TABLE products (
    id {text} NOT NULL,
    name {text} NOT NULL,
    category {text},
    price {int},
    CONSTRAINT products_key PRIMARY KEY (id),
    CONSTRAINT products_category FOREIGN KEY (category) REFERENCES categories (id),
    CONSTRAINT products_price CHECK (price IS NULL OR price >= 0)
){strict};
CREATE INDEX products_by_category ON products (category, id);

-- How often something cached was changed; a node that knows another number reads it again.
CREATE TABLE versions (
    subject {text} NOT NULL,
    version {int} NOT NULL,
    CONSTRAINT versions_key PRIMARY KEY (subject)
){strict};

-- ---------------------------------------------------------------- shoppers

CREATE TABLE shoppers (
    bucket {int} NOT NULL,
    id {text} NOT NULL,
    name {text},
    segments {text} NOT NULL DEFAULT '[]',
    paid_orders {int} NOT NULL DEFAULT 0,
    blocked {bool} NOT NULL DEFAULT FALSE,
    created_at {int} NOT NULL,
    CONSTRAINT shoppers_key PRIMARY KEY (bucket, id),
    CONSTRAINT shoppers_paid_orders CHECK (paid_orders >= 0)
){by_bucket};

-- Keyed by what is typed at sign-in, which knows no bucket.
CREATE TABLE shopper_logins (
    login {text} NOT NULL,
    bucket {int} NOT NULL,
    shopper {text} NOT NULL,
    password {text} NOT NULL,
    created_at {int} NOT NULL,
    CONSTRAINT shopper_logins_key PRIMARY KEY (login),
    CONSTRAINT shopper_logins_shopper FOREIGN KEY (bucket, shopper) REFERENCES shoppers (bucket, id)
){strict};
CREATE INDEX shopper_logins_by_shopper ON shopper_logins (bucket, shopper);

-- ---------------------------------------------------------------- coupons

CREATE TABLE coupons (
    bucket {int} NOT NULL,
    code {text} NOT NULL,
    id {id} NOT NULL,
    template {id} NOT NULL,
    revision {int} NOT NULL,
    shopper {text} NOT NULL,
    seq {int} NOT NULL,
    state {text} NOT NULL,
    channel {text},
    source {text} NOT NULL,
    claimed_at {int} NOT NULL,
    valid_from {int} NOT NULL,
    valid_until {int},
    lock {id},
    lock_order {text},
    locked_until {int},
    -- Revoked while locked: the order may still be paid; once the lock ends, so does the coupon.
    revoked_at {int},
    CONSTRAINT coupons_key PRIMARY KEY (bucket, code),
    CONSTRAINT coupons_id UNIQUE (bucket, id),
    CONSTRAINT coupons_limit UNIQUE (bucket, shopper, template, seq),
    CONSTRAINT coupons_code CHECK (length(code) = 16),
    CONSTRAINT coupons_seq CHECK (seq >= 1),
    CONSTRAINT coupons_state CHECK (
        state IN ('available', 'held', 'locked', 'redeemed', 'expired', 'revoked')
    ),
    CONSTRAINT coupons_source CHECK (source IN ('claim', 'grant', 'pool')),
    CONSTRAINT coupons_validity CHECK (valid_until IS NULL OR valid_from <= valid_until),
    CONSTRAINT coupons_lock CHECK (
        state <> 'locked'
        OR (lock IS NOT NULL AND lock_order IS NOT NULL AND locked_until IS NOT NULL)
    )
){by_bucket};
-- A wallet is found by the front of `coupons_limit` and sorted when read: an index less per claim.
CREATE INDEX coupons_by_template ON coupons (template, code);
-- The sweep that records expiry. A lapse is found through its lock.
CREATE INDEX coupons_to_expire ON coupons (valid_until)
    WHERE state = 'available' AND valid_until IS NOT NULL;

-- How many a shopper has taken: of one template, or of all (template zero); on one local day, or
-- ever (day 0).
CREATE TABLE tallies (
    bucket {int} NOT NULL,
    shopper {text} NOT NULL,
    template {id} NOT NULL,
    day {int} NOT NULL,
    taken {int} NOT NULL,
    CONSTRAINT tallies_key PRIMARY KEY (bucket, shopper, template, day),
    CONSTRAINT tallies_taken CHECK (taken >= 0)
){by_bucket};

-- Codes made in advance. `bucket` is the code's own; the coupon that a claim makes of it is in its
-- shopper's bucket and has a code of its own.
CREATE TABLE pool_codes (
    bucket {int} NOT NULL,
    code {text} NOT NULL,
    template {id} NOT NULL,
    revision {int} NOT NULL,
    state {text} NOT NULL,
    shopper {text},
    coupon {text},
    made_at {int} NOT NULL,
    claimed_at {int},
    CONSTRAINT pool_codes_key PRIMARY KEY (bucket, code),
    CONSTRAINT pool_codes_code CHECK (length(code) = 16),
    CONSTRAINT pool_codes_state CHECK (state IN ('unclaimed', 'claimed', 'revoked')),
    CONSTRAINT pool_codes_claimed CHECK (
        state <> 'claimed' OR (shopper IS NOT NULL AND claimed_at IS NOT NULL)
    )
){by_bucket};
CREATE INDEX pool_codes_by_template ON pool_codes (template, code);

-- ---------------------------------------------------------------- locks

CREATE TABLE locks (
    bucket {int} NOT NULL,
    id {id} NOT NULL,
    order_ref {text} NOT NULL,
    shopper {text} NOT NULL,
    state {text} NOT NULL,
    until {int} NOT NULL,
    quote {text} NOT NULL,
    subtotal {int} NOT NULL,
    discount {int} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    CONSTRAINT locks_key PRIMARY KEY (bucket, id),
    CONSTRAINT locks_order UNIQUE (bucket, order_ref),
    CONSTRAINT locks_state CHECK (state IN ('active', 'released', 'lapsed', 'redeemed')),
    CONSTRAINT locks_discount CHECK (discount >= 0 AND discount <= subtotal)
){by_bucket};
CREATE INDEX locks_to_lapse ON locks (until) WHERE state = 'active';

CREATE TABLE lock_coupons (
    bucket {int} NOT NULL,
    lock {id} NOT NULL,
    position {int} NOT NULL,
    coupon_bucket {int} NOT NULL,
    code {text} NOT NULL,
    template {id} NOT NULL,
    revision {int} NOT NULL,
    discount {int} NOT NULL,
    CONSTRAINT lock_coupons_key PRIMARY KEY (bucket, lock, position),
    CONSTRAINT lock_coupons_code UNIQUE (bucket, lock, code),
    CONSTRAINT lock_coupons_lock FOREIGN KEY (bucket, lock) REFERENCES locks (bucket, id),
    CONSTRAINT lock_coupons_discount CHECK (discount >= 0)
){by_bucket};

-- ---------------------------------------------------------------- redemptions

CREATE TABLE redemptions (
    bucket {int} NOT NULL,
    id {id} NOT NULL,
    lock {id},
    order_ref {text} NOT NULL,
    shopper {text} NOT NULL,
    payment {text} NOT NULL,
    outcome {text} NOT NULL,
    reason {text},
    redeemed_at {int} NOT NULL,
    channel {text},
    subtotal {int} NOT NULL,
    discount {int} NOT NULL,
    total {int} NOT NULL,
    returned {int} NOT NULL DEFAULT 0,
    CONSTRAINT redemptions_key PRIMARY KEY (bucket, id),
    CONSTRAINT redemptions_order UNIQUE (bucket, order_ref),
    CONSTRAINT redemptions_outcome CHECK (outcome IN ('redeemed', 'exception')),
    CONSTRAINT redemptions_total CHECK (discount >= 0 AND total >= 0 AND total = subtotal - discount),
    CONSTRAINT redemptions_returned CHECK (returned >= 0 AND returned <= total)
){by_bucket};

CREATE TABLE redemption_lines (
    bucket {int} NOT NULL,
    redemption {id} NOT NULL,
    line_no {int} NOT NULL,
    line {text} NOT NULL,
    product {text} NOT NULL,
    category {text},
    unit_price {int} NOT NULL,
    quantity {int} NOT NULL,
    discount {int} NOT NULL,
    CONSTRAINT redemption_lines_key PRIMARY KEY (bucket, redemption, line_no),
    CONSTRAINT redemption_lines_line UNIQUE (bucket, redemption, line),
    CONSTRAINT redemption_lines_redemption
        FOREIGN KEY (bucket, redemption) REFERENCES redemptions (bucket, id),
    CONSTRAINT redemption_lines_discount CHECK (
        unit_price >= 0 AND quantity >= 1 AND discount >= 0 AND discount <= unit_price * quantity
    )
){by_bucket};

CREATE TABLE redemption_coupons (
    bucket {int} NOT NULL,
    redemption {id} NOT NULL,
    position {int} NOT NULL,
    coupon_bucket {int} NOT NULL,
    code {text} NOT NULL,
    template {id} NOT NULL,
    revision {int} NOT NULL,
    discount {int} NOT NULL,
    -- What of it is still on goods the shopper keeps: what it costs.
    kept {int} NOT NULL,
    CONSTRAINT redemption_coupons_key PRIMARY KEY (bucket, redemption, position),
    CONSTRAINT redemption_coupons_code UNIQUE (bucket, redemption, code),
    CONSTRAINT redemption_coupons_redemption
        FOREIGN KEY (bucket, redemption) REFERENCES redemptions (bucket, id),
    CONSTRAINT redemption_coupons_kept CHECK (kept >= 0 AND kept <= discount)
){by_bucket};
CREATE INDEX redemption_coupons_by_template ON redemption_coupons (template);
CREATE INDEX lock_coupons_by_template ON lock_coupons (template);

-- What one coupon took off one line; only what is above zero.
CREATE TABLE redemption_shares (
    bucket {int} NOT NULL,
    redemption {id} NOT NULL,
    line_no {int} NOT NULL,
    position {int} NOT NULL,
    share {int} NOT NULL,
    CONSTRAINT redemption_shares_key PRIMARY KEY (bucket, redemption, line_no, position),
    CONSTRAINT redemption_shares_line FOREIGN KEY (bucket, redemption, line_no)
        REFERENCES redemption_lines (bucket, redemption, line_no),
    CONSTRAINT redemption_shares_coupon FOREIGN KEY (bucket, redemption, position)
        REFERENCES redemption_coupons (bucket, redemption, position),
    CONSTRAINT redemption_shares_share CHECK (share > 0)
){by_bucket};

CREATE TABLE returns (
    bucket {int} NOT NULL,
    redemption {id} NOT NULL,
    seq {int} NOT NULL,
    refund {text} NOT NULL,
    amount {int} NOT NULL,
    requested {text} NOT NULL,
    lines {text} NOT NULL,
    coupons {text} NOT NULL,
    created_at {int} NOT NULL,
    CONSTRAINT returns_key PRIMARY KEY (bucket, redemption, seq),
    CONSTRAINT returns_refund UNIQUE (bucket, redemption, refund),
    CONSTRAINT returns_redemption
        FOREIGN KEY (bucket, redemption) REFERENCES redemptions (bucket, id),
    CONSTRAINT returns_seq CHECK (seq >= 1),
    CONSTRAINT returns_amount CHECK (amount >= 0)
){by_bucket};

-- ---------------------------------------------------------------- records, append-only

-- What happened to coupons. On PostgreSQL `n` is drawn before the commit, so a smaller one may
-- appear later: readers go by (xid, n) and stop below the oldest transaction still running. On
-- SQLite there is one writer, and `xid` is always zero.
@postgres CREATE SEQUENCE events_n;
CREATE TABLE events (
@sqlite   n INTEGER NOT NULL CONSTRAINT events_key PRIMARY KEY AUTOINCREMENT,
@postgres n BIGINT NOT NULL DEFAULT nextval('events_n'),
@sqlite   xid INTEGER NOT NULL DEFAULT 0,
@postgres xid BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    at {int} NOT NULL,
    kind {text} NOT NULL,
    template {id} NOT NULL,
    revision {int} NOT NULL,
    bucket {int} NOT NULL,
    coupon {text} NOT NULL,
    shopper {text} NOT NULL,
    channel {text},
    order_ref {text},
    -- What the coupon took off, or a first refund paid back.
    amount {int} NOT NULL DEFAULT 0,
    -- What the redeemed order came to before coupons.
    turnover {int} NOT NULL DEFAULT 0,
    state {text} NOT NULL,
@postgres CONSTRAINT events_key PRIMARY KEY (bucket, n),
    CONSTRAINT events_kind CHECK (kind IN (
        'claimed', 'granted', 'locked', 'released', 'lapsed', 'redeemed', 'returned', 'restored',
        'expired', 'revoked', 'held', 'freed'
    )),
    CONSTRAINT events_state CHECK (
        state IN ('available', 'held', 'locked', 'redeemed', 'expired', 'revoked')
    )
){by_bucket};
CREATE INDEX events_in_order ON events (xid, n);
CREATE INDEX events_by_template ON events (template, at);
CREATE INDEX events_by_coupon ON events (bucket, coupon, n);

-- Who changed what.
CREATE TABLE changes (
    id {id} NOT NULL,
    at {int} NOT NULL,
    actor {text} NOT NULL,
    subject_kind {text} NOT NULL,
    subject {text} NOT NULL,
    action {text} NOT NULL,
    old {text},
    new {text},
    address {text},
    CONSTRAINT changes_key PRIMARY KEY (id)
){strict};
CREATE INDEX changes_by_subject ON changes (subject_kind, subject, at);
CREATE INDEX changes_by_time ON changes (at);

-- Views and refusals by the hour. No channel is ''; `hour` is its first microsecond.
CREATE TABLE counts (
    template {id} NOT NULL,
    hour {int} NOT NULL,
    channel {text} NOT NULL DEFAULT '',
    kind {text} NOT NULL,
    n {int} NOT NULL,
    CONSTRAINT counts_key PRIMARY KEY (template, hour, channel, kind),
    CONSTRAINT counts_n CHECK (n >= 0)
){strict};

-- Who saw a template on which local day.
CREATE TABLE viewers (
    template {id} NOT NULL,
    day {int} NOT NULL,
    visitor {text} NOT NULL,
    channel {text} NOT NULL DEFAULT '',
    CONSTRAINT viewers_key PRIMARY KEY (template, day, visitor, channel)
){strict};

-- ---------------------------------------------------------------- the house itself

CREATE TABLE operators (
    id {id} NOT NULL,
    email {text} NOT NULL,
    name {text} NOT NULL,
    role {text} NOT NULL,
    password {text} NOT NULL,
    active {bool} NOT NULL DEFAULT TRUE,
    created_at {int} NOT NULL,
    CONSTRAINT operators_key PRIMARY KEY (id),
    CONSTRAINT operators_email UNIQUE (email),
    CONSTRAINT operators_role CHECK (role IN ('viewer', 'editor', 'approver', 'risk', 'admin'))
){strict};

-- The cookie's value is kept only as its SHA-256: who reads the store cannot sign in with it.
CREATE TABLE sessions (
    id_hash {bytes} NOT NULL,
    data {text} NOT NULL,
    account {text},
    expires_at {int} NOT NULL,
    CONSTRAINT sessions_key PRIMARY KEY (id_hash),
    CONSTRAINT sessions_id_hash CHECK (length(id_hash) = 32)
){strict};
CREATE INDEX sessions_by_account ON sessions (account) WHERE account IS NOT NULL;
CREATE INDEX sessions_to_expire ON sessions (expires_at);

-- Answers kept so that the same request twice is one request.
CREATE TABLE idempotency (
    owner {text} NOT NULL,
    key {text} NOT NULL,
    request_hash {bytes} NOT NULL,
    status {int} NOT NULL,
    body {text} NOT NULL,
    created_at {int} NOT NULL,
    CONSTRAINT idempotency_key PRIMARY KEY (owner, key)
){strict};
CREATE INDEX idempotency_by_time ON idempotency (created_at);

-- Failures counted against a subject since a moment: a login, an actor, a device, an address.
CREATE TABLE attempts (
    subject {text} NOT NULL,
    failures {int} NOT NULL,
    since {int} NOT NULL,
    CONSTRAINT attempts_key PRIMARY KEY (subject),
    CONSTRAINT attempts_failures CHECK (failures >= 0)
){strict};
CREATE INDEX attempts_by_time ON attempts (since);

-- What a person has to look at: a payment that came too late, books that do not balance.
CREATE TABLE exceptions (
    id {id} NOT NULL,
    at {int} NOT NULL,
    kind {text} NOT NULL,
    subject {text} NOT NULL,
    data {text} NOT NULL,
    resolved_at {int},
    CONSTRAINT exceptions_key PRIMARY KEY (id)
){strict};
CREATE INDEX exceptions_open ON exceptions (at) WHERE resolved_at IS NULL;

-- Facts about this store, such as that its history is made up.
CREATE TABLE marks (
    key {text} NOT NULL,
    value {text} NOT NULL,
    CONSTRAINT marks_key PRIMARY KEY (key)
){strict};
