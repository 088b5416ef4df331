"""The downloader: rate limits, robots.txt, size limits, and protection against server-side request forgery (SSRF)."""
