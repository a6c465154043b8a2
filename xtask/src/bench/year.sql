-- Fills a migrated, empty store with a year that `year.rs` has thought out. `{…}` is said by it in the
-- dialect of the store. A coupon is a row of `made_coupons`; all else follows from those.

{begin}

CREATE TEMP TABLE made_templates (
    number {int} PRIMARY KEY,
    id {id},
    name TEXT,
    campaign TEXT,
    search TEXT,
    stock {int},
    budget {int},
    made_at {int},
    draft TEXT
);
{templates}

CREATE TEMP TABLE made_coupons (
    number {int} PRIMARY KEY,
    bucket {int},
    shopper TEXT,
    code TEXT,
    template {int},
    channel TEXT,
    course TEXT,
    claimed_at {int},
    ends_at {int},
    locked_at {int},
    done_at {int},
    returned_at {int},
    price {int},
    order_bucket {int},
    told_bucket {int}
);
{import}

-- Ids of locks and of redemptions say their bucket.
CREATE TEMP TABLE made_orders (number {int} PRIMARY KEY, id {id});
INSERT INTO made_orders SELECT number, {order_id} FROM made_coupons WHERE course <> 'kept';
CREATE TEMP VIEW made_locks AS
SELECT made_orders.id AS lock, order_bucket, 'order-' || made_coupons.number AS order_ref,
    'payment-' || made_coupons.number AS payment, 'refund-' || made_coupons.number AS refund,
    made_coupons.bucket, code, made_templates.id AS template, shopper, course, price, locked_at,
    done_at, returned_at
FROM made_orders
    JOIN made_coupons ON made_coupons.number = made_orders.number
    JOIN made_templates ON made_templates.number = made_coupons.template;

INSERT INTO templates (id, state, revision, author, campaign, name, visibility, lane, stock, issued,
    budget, spent, per_shopper, was_listed, created_at, updated_at, kind, search)
SELECT id, 'live', 1, 'bench', campaign, name, 'listed', 'instant', stock, COALESCE(made.n, 0), budget,
    CASE WHEN budget IS NULL THEN 0 ELSE COALESCE(made.kept, 0) END, 1000, {true}, made_at, made_at,
    'amount_off', search
FROM made_templates LEFT JOIN
    (SELECT template, COUNT(*) AS n,
        SUM(CASE course WHEN 'redeemed' THEN 500 WHEN 'returned' THEN 250 ELSE 0 END) AS kept
    FROM made_coupons GROUP BY template) AS made
    ON made.template = made_templates.number;

INSERT INTO revisions (template, revision, draft, author, created_at)
SELECT id, 1, draft, 'bench', made_at FROM made_templates;

INSERT INTO channels (channel, name, created_at)
SELECT channel, channel, MIN(claimed_at) FROM made_coupons WHERE channel <> 'none' GROUP BY channel;

INSERT INTO shoppers (bucket, id, created_at, paid_orders)
SELECT bucket, shopper, MIN(claimed_at), SUM(CASE WHEN course IN ('redeemed', 'returned') THEN 1 ELSE 0 END
    + CASE WHEN told_bucket >= 0 THEN 1 ELSE 0 END)
FROM made_coupons GROUP BY bucket, shopper;

INSERT INTO coupons (bucket, code, id, template, revision, shopper, seq, state, channel, source,
    claimed_at, valid_from, valid_until, is_over)
SELECT bucket, code, {fresh_id}, made_templates.id, 1, shopper,
    ROW_NUMBER() OVER (PARTITION BY bucket, shopper, template ORDER BY made_coupons.number),
    CASE WHEN course IN ('redeemed', 'returned') THEN 'redeemed'
        WHEN ends_at <= {now} THEN 'expired' ELSE 'available' END,
    NULLIF(channel, 'none'), 'claim', claimed_at, claimed_at, ends_at, ends_at <= {now}
FROM made_coupons JOIN made_templates ON made_templates.number = made_coupons.template
ORDER BY bucket, code;

INSERT INTO tallies (bucket, shopper, template, day, taken)
SELECT bucket, shopper, id, day, COUNT(*)
FROM (SELECT bucket, shopper, template, 0 AS day FROM made_coupons
        UNION ALL SELECT bucket, shopper, template, (claimed_at + {east}) / {a_day} FROM made_coupons) AS taken
    JOIN made_templates ON made_templates.number = taken.template
GROUP BY bucket, shopper, id, day;

INSERT INTO tallies (bucket, shopper, template, day, taken)
SELECT bucket, shopper, {no_id}, (claimed_at + {east}) / {a_day}, COUNT(*)
FROM made_coupons GROUP BY bucket, shopper, (claimed_at + {east}) / {a_day};

INSERT INTO locks (bucket, id, order_ref, shopper, state, until, quote, subtotal, discount, created_at,
    updated_at)
SELECT order_bucket, lock, order_ref, shopper,
    CASE course WHEN 'released' THEN 'released' ELSE 'redeemed' END, locked_at + {a_lock},
    '{"lines":[{"id":"1","product":"product-1","category":null,"unit_price":' || price
        || ',"quantity":2,"discount":500}],"applied":[{"code":"' || code || '","template":"'
        || {template_text} || '","revision":1,"discount":500,"shares":[500],"covered":[0]}],'
        || '"refused":[],"is_exact":true}',
    2 * price, 500, locked_at, done_at
FROM made_locks ORDER BY order_bucket, lock;

INSERT INTO lock_coupons (bucket, lock, position, coupon_bucket, code, template, revision, discount)
SELECT order_bucket, lock, 0, bucket, code, template, 1, 500 FROM made_locks ORDER BY order_bucket, lock;

INSERT INTO redemptions (bucket, id, lock, order_ref, shopper, payment, outcome, redeemed_at, subtotal,
    discount, total, returned)
SELECT order_bucket, lock, lock, order_ref, shopper, payment, 'redeemed', done_at, 2 * price, 500,
    2 * price - 500, CASE course WHEN 'returned' THEN price - 250 ELSE 0 END
FROM made_locks WHERE course <> 'released' ORDER BY order_bucket, lock;

INSERT INTO redemption_lines (bucket, redemption, line_no, line, product, unit_price, quantity, discount)
SELECT order_bucket, lock, 0, '1', 'product-1', price, 2, 500
FROM made_locks WHERE course <> 'released' ORDER BY order_bucket, lock;

INSERT INTO redemption_coupons (bucket, redemption, position, coupon_bucket, code, template, revision,
    discount, kept)
SELECT order_bucket, lock, 0, bucket, code, template, 1, 500,
    CASE course WHEN 'returned' THEN 250 ELSE 500 END
FROM made_locks WHERE course <> 'released' ORDER BY order_bucket, lock;

INSERT INTO redemption_shares (bucket, redemption, line_no, position, share)
SELECT order_bucket, lock, 0, 0, 500 FROM made_locks WHERE course <> 'released' ORDER BY order_bucket, lock;

-- One unit of two came back.
INSERT INTO returns (bucket, redemption, seq, refund, amount, requested, lines, coupons, created_at)
SELECT order_bucket, lock, 1, refund, price - 250, '{"lines":[{"id":"1","part":{"quantity":1}}]}',
    '[{"id":"1","quantity":1,"amount":' || (price - 250) || '}]', '[]', returned_at
FROM made_locks WHERE course = 'returned' ORDER BY returned_at;

INSERT INTO orders (bucket, order_ref, shopper, total, paid_at, channel, told_at)
SELECT told_bucket, 'told-' || number, shopper, price, claimed_at, NULLIF(channel, 'none'), claimed_at
FROM made_coupons WHERE told_bucket >= 0 ORDER BY told_bucket;

INSERT INTO events (at, kind, template, revision, bucket, coupon, shopper, channel, order_ref, amount,
    turnover, state)
SELECT at, kind, id, 1, bucket, code, shopper, NULLIF(channel, 'none'), order_ref, amount, turnover, state
FROM (
    SELECT number, claimed_at AS at, 'claimed' AS kind, NULL AS order_ref, 0 AS amount, 0 AS turnover,
        'available' AS state
    FROM made_coupons
    UNION ALL SELECT number, locked_at, 'locked', 'order-' || number, 500, 0, 'locked'
    FROM made_coupons WHERE course <> 'kept'
    UNION ALL SELECT number, done_at, 'released', 'order-' || number, 0, 0, 'available'
    FROM made_coupons WHERE course = 'released'
    UNION ALL SELECT number, done_at, 'redeemed', 'order-' || number, 500, 2 * price, 'redeemed'
    FROM made_coupons WHERE course IN ('redeemed', 'returned')
    UNION ALL SELECT number, returned_at, 'returned', 'order-' || number, price - 250, 0, 'redeemed'
    FROM made_coupons WHERE course = 'returned'
    UNION ALL SELECT number, ends_at, 'expired', NULL, 0, 0, 'expired'
    FROM made_coupons WHERE course IN ('kept', 'released') AND ends_at <= {now}
) AS told
    JOIN made_coupons ON made_coupons.number = told.number
    JOIN made_templates ON made_templates.number = made_coupons.template
ORDER BY at, told.number;

-- For a coupon that was claimed, a card was shown five times, and every tenth shopper wanted one more.
INSERT INTO counts (template, hour, channel, kind, n)
SELECT id, claimed_at / {an_hour} * {an_hour}, CASE channel WHEN 'none' THEN '' ELSE channel END, kind,
    SUM(n)
FROM (SELECT template, claimed_at, channel, 'view' AS kind, 5 AS n FROM made_coupons
        UNION ALL SELECT template, claimed_at, channel, 'claim_limit_reached', 1
        FROM made_coupons WHERE number % 10 = 0) AS counted
    JOIN made_templates ON made_templates.number = counted.template
GROUP BY id, claimed_at / {an_hour} * {an_hour}, channel, kind;

INSERT INTO viewers (template, day, visitor, channel)
SELECT DISTINCT id, (claimed_at + {east}) / {a_day}, shopper,
    CASE channel WHEN 'none' THEN '' ELSE channel END
FROM made_coupons JOIN made_templates ON made_templates.number = made_coupons.template
ORDER BY 1, 2, 3, 4;

{end}
