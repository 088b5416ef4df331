-- Edges by which a copy of a copy finds its story: nearly the whole of the shorter text is in the longer, or one names
-- the other.
ALTER TABLE copydesk.edge ADD COLUMN close boolean NOT NULL DEFAULT false CHECK (joins OR NOT close);
