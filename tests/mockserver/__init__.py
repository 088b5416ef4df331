"""Loopback servers for tests: a site made of answers, and a catalogue of those that misbehave."""

from tests.mockserver.site import Answer, MockSite, Seen

__all__ = ["Answer", "MockSite", "Seen"]
