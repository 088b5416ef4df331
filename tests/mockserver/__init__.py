"""Loopback servers for tests: a site with configurable responses, a catalogue of bad responses, and receivers."""

from tests.mockserver.site import MockRequest, MockResponse, MockSite

__all__ = ["MockRequest", "MockResponse", "MockSite"]
