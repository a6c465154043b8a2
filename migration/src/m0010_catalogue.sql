-- A catalogue told in bulk. Its lines are laid down a chunk at a time, which nobody sees; giving the
-- upload a number, that of the catalogue's version it makes, switches all of them on at once. They
-- are then moved to `categories` or `products`, a chunk at a time, lowest number first.
CREATE TABLE catalogue_uploads (
    id {id} NOT NULL,
    kind {text} NOT NULL,
    number {int},
    created_at {int} NOT NULL,
    CONSTRAINT catalogue_uploads_key PRIMARY KEY (id),
    CONSTRAINT catalogue_uploads_number UNIQUE (number),
    CONSTRAINT catalogue_uploads_kind CHECK (kind IN ('categories', 'products'))
){strict};

-- `category` is where a product lies, or a category itself.
CREATE TABLE catalogue_lines (
    upload {id} NOT NULL,
    line {int} NOT NULL,
    id {text} NOT NULL,
    name {text} NOT NULL,
    category {text},
    price {int},
    CONSTRAINT catalogue_lines_key PRIMARY KEY (upload, line),
    CONSTRAINT catalogue_lines_upload FOREIGN KEY (upload) REFERENCES catalogue_uploads (id)
){strict};
