-- Edges by which a copy of a copy finds its story: nearly the whole of the shorter text is in the longer, or one names
-- the other.
ALTER TABLE copydesk.edge ADD COLUMN is_near_identical boolean NOT NULL DEFAULT false CHECK (merges OR NOT is_near_identical);
