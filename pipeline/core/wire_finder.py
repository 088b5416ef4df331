"""Find the wire of a URL by the home pages in the source files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from copydesk.pipeline.core.source import Source


class WireFinder:
    """The wires by host; if several have the same host, the one with the longest home path that the URL starts with."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        """Index the sources, in the order in which a URL is compared with them."""
        self._by_host: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name, source in sorted(sources.items()):
            entry = (_split_path(urlsplit(source.home).path), name)
            self._by_host.setdefault(source.host.lower().removeprefix("www."), []).append(entry)
        for entries in self._by_host.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def find(self, url: str) -> str:
        """Return the wire of a URL; an empty string if no source has its host.

        Of several wires with the host, and none with the path, it is the one with the shortest home path.
        """
        try:
            parts = urlsplit(url)
            entries = self._by_host.get(parts.netloc.rpartition("@")[2].lower().removeprefix("www."))
        except ValueError:
            return ""
        if not entries:
            return ""
        path = _split_path(parts.path)
        return next((name for home, name in entries if path[: len(home)] == home), entries[-1][1])


def _split_path(path: str) -> tuple[str, ...]:
    return tuple(filter(None, path.split("/")))
