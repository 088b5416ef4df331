"""All that knows Scrapy: bytes in; it knows nothing of text."""
