-- What the console finds and sorts templates by. Values that move with every claim stay without an
-- index: a hot template's row must be rewritten without touching one.

ALTER TABLE templates ADD COLUMN kind {text} NOT NULL DEFAULT '';
-- Name, title and campaign in small letters, a line each: the stores fold ASCII alone.
ALTER TABLE templates ADD COLUMN search {text} NOT NULL DEFAULT '';
CREATE INDEX templates_by_name ON templates (search, created_at, id);
CREATE INDEX templates_by_campaign ON templates (campaign, created_at, id);

-- How many orders in flight hold a template's coupons: few rows, and no claim touches them.
CREATE INDEX coupons_locked ON coupons (template) WHERE state = 'locked';
