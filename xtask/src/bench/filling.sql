-- Fills a migrated, empty store from what `filling.rs` has written down. `{…}` is said by it in the
-- dialect of the store. Coupons come ordered by bucket, so that every index grows at few places.

{begin}

CREATE TEMP TABLE made_templates (
    number {int} PRIMARY KEY,
    id {id},
    name TEXT,
    kind TEXT,
    days {int},
    draft TEXT
);
{templates}

CREATE TEMP TABLE made_coupons (
    bucket {int},
    shopper TEXT,
    place {int},
    code TEXT,
    template {int}
);
{import}

INSERT INTO templates (id, state, revision, author, name, visibility, lane, issued, per_shopper,
    was_listed, created_at, updated_at, kind, search)
SELECT id, 'live', 1, 'bench', name, 'listed', 'instant', COALESCE(made.n, 0), 1, {true}, {now}, {now},
    kind, lower(name)
FROM made_templates LEFT JOIN
    (SELECT template, COUNT(*) AS n FROM made_coupons GROUP BY template) AS made
    ON made.template = made_templates.number;

INSERT INTO revisions (template, revision, draft, author, created_at)
SELECT id, 1, draft, 'bench', {now} FROM made_templates;

INSERT INTO shoppers (bucket, id, created_at)
SELECT bucket, shopper, {now} FROM made_coupons WHERE place = 0;

INSERT INTO coupons (bucket, code, id, template, revision, shopper, seq, state, source, claimed_at,
    valid_from, valid_until)
SELECT bucket, code, {fresh_id}, made_templates.id, 1, shopper, 1, 'available', 'claim', {now}, {now},
    {now} + days * 86400000000
FROM made_coupons JOIN made_templates ON made_templates.number = made_coupons.template;

INSERT INTO tallies (bucket, shopper, template, day, taken)
SELECT bucket, shopper, made_templates.id, days.day, 1
FROM made_coupons JOIN made_templates ON made_templates.number = made_coupons.template
    CROSS JOIN (SELECT 0 AS day UNION ALL SELECT {day}) AS days;

INSERT INTO tallies (bucket, shopper, template, day, taken)
SELECT bucket, shopper, {no_id}, {day}, COUNT(*) FROM made_coupons GROUP BY bucket, shopper;

INSERT INTO events (at, kind, template, revision, bucket, coupon, shopper, state)
SELECT {now}, 'claimed', made_templates.id, 1, bucket, code, shopper, 'available'
FROM made_coupons JOIN made_templates ON made_templates.number = made_coupons.template;

{catalogue}

{end}
