"""The spider. One class crawls every wire; what differs is in the wire's TOML file."""
