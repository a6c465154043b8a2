-- Whoever follows one template or one shopper in the ledger walks there in its order, past nothing
-- of others'.
CREATE INDEX events_of_template ON events (template, xid, n);
CREATE INDEX events_of_shopper ON events (bucket, shopper, xid, n);
