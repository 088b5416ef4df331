"""The extensions of a running crawler that others rely on; a missing one is a mistake in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

T = TypeVar("T")


def get_extension_or_raise(crawler: Crawler, kind: type[T]) -> T:
    """The crawler's extension of that kind.

    Raises:
        LookupError: the settings do not enable it.
    """
    found = crawler.get_extension(kind)
    if found is None:
        raise LookupError(f"{kind.__name__} is not enabled in the spider's settings")
    return found
