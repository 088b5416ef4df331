"""Inspection: looks at a site or a wire once, for a person who configures it. Stores nothing in the database."""
