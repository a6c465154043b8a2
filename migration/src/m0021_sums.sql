-- Whoever saw any template on a day stands once more with template zero.
INSERT INTO viewers (template, day, visitor, channel)
@sqlite SELECT DISTINCT x'00000000000000000000000000000000', day, visitor, channel FROM viewers;
@postgres SELECT DISTINCT '00000000-0000-0000-0000-000000000000'::uuid, day, visitor, channel FROM viewers;
CREATE INDEX viewers_to_remove ON viewers (day);

-- How many there were on a day, from when they themselves are removed on.
CREATE TABLE viewer_days (
    template {id} NOT NULL,
    day {int} NOT NULL,
    channel {text} NOT NULL,
    n {int} NOT NULL,
    CONSTRAINT viewer_days_key PRIMARY KEY (template, day, channel),
    CONSTRAINT viewer_days_n CHECK (n > 0)
){strict};
