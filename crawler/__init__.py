"""Fetching: discovery, the spider, its guards, and the sample wires to try them on."""
