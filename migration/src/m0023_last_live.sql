-- The revision under which a template was live last; whoever wrote a later one does not approve it. Of
-- those that are not live it is not known, so nobody who ever wrote of them approves what they say now.
ALTER TABLE templates ADD COLUMN last_live {int};
UPDATE templates SET last_live = revision WHERE state = 'live';
