-- Tokens of the host shop that have signed somebody in; kept until they would be refused anyway.
CREATE TABLE hand_offs (
    token {text} NOT NULL,
    expires_at {int} NOT NULL,
    CONSTRAINT hand_offs_key PRIMARY KEY (token)
){strict};
CREATE INDEX hand_offs_to_expire ON hand_offs (expires_at);

ALTER TABLE operators ADD COLUMN signed_in_at {int};

-- One session may hold a shopper and an operator; each of them can end it.
ALTER TABLE sessions ADD COLUMN shopper {text};
ALTER TABLE sessions ADD COLUMN operator {id};
UPDATE sessions SET shopper = substr(account, 9) WHERE account LIKE 'shopper:%';
-- Of these it is not written whether they hold a shopper too: their operators sign in once more.
DELETE FROM sessions WHERE account LIKE 'operator:%';
DROP INDEX sessions_by_account;
ALTER TABLE sessions DROP COLUMN account;
CREATE INDEX sessions_by_shopper ON sessions (shopper) WHERE shopper IS NOT NULL;
CREATE INDEX sessions_by_operator ON sessions (operator) WHERE operator IS NOT NULL;
