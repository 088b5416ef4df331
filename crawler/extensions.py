"""Access to the extensions of a running crawler that other components rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

T = TypeVar("T")


def get_extension_or_raise(crawler: Crawler, extension_class: type[T]) -> T:
    """Return the crawler's extension of that class.

    Raises:
        LookupError: The settings do not enable it.
    """
    extension = crawler.get_extension(extension_class)
    if extension is None:
        raise LookupError(f"{extension_class.__name__} is not enabled in the spider's settings")
    return extension
