-- Which coupon support gave in the place of which: each is replaced once at most. Both belong to one
-- shopper and share a bucket.
CREATE TABLE replacements (
    bucket {int} NOT NULL,
    replaced {text} NOT NULL,
    coupon {text} NOT NULL,
    operator {id} NOT NULL,
    day {int} NOT NULL,
    at {int} NOT NULL,
    CONSTRAINT replacements_key PRIMARY KEY (bucket, replaced),
    CONSTRAINT replacements_coupon UNIQUE (bucket, coupon)
){by_bucket};
-- How many an operator made on one local day.
CREATE TABLE replacement_tallies (
    operator {id} NOT NULL,
    day {int} NOT NULL,
    made {int} NOT NULL,
    CONSTRAINT replacement_tallies_key PRIMARY KEY (operator, day),
    CONSTRAINT replacement_tallies_made CHECK (made >= 1)
){strict};
