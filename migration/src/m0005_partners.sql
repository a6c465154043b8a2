-- Keys of order systems. The key itself is known only as its SHA-256: who reads the store cannot use
-- it. `scopes` is a list of words with a space between.
CREATE TABLE keys (
    id {id} NOT NULL,
    hash {bytes} NOT NULL,
    name {text} NOT NULL,
    scopes {text} NOT NULL,
    created_by {text} NOT NULL,
    created_at {int} NOT NULL,
    revoked_at {int},
    CONSTRAINT keys_key PRIMARY KEY (id),
    CONSTRAINT keys_hash UNIQUE (hash),
    CONSTRAINT keys_hash_length CHECK (length(hash) = 32)
){strict};
