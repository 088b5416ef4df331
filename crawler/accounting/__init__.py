"""Accounting: one outcome for each URL of a crawl, the stats of the crawl, and whether it succeeded."""
