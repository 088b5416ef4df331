"""Loopback servers for tests: a site made of answers, and a catalogue of those that misbehave."""

from tests.mockserver.site import MockRequest, MockResponse, MockSite

__all__ = ["MockRequest", "MockResponse", "MockSite"]
