"""The crawler: fetches the pages of wires with Scrapy and stores their bytes. Knows nothing about their text."""
