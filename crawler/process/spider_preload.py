"""Loading all that a spider needs, so that it can be a fork of who has loaded it (see ``process.fork``)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module

from copydesk.pipeline.process import fork

FORK_TARGET = "copydesk.crawler.process.run_spider"

_CRAWLER_MODULES = (
    "copydesk.crawler.process.run_spider",
    "copydesk.crawler.store_client",
    "copydesk.crawler.spiders.wire",
    "copydesk.pipeline.db.locks",
)
_SCRAPY_MODULES = (
    "scrapy.core.engine", "scrapy.core.scheduler", "scrapy.crawler", "scrapy.dupefilters", "scrapy.logformatter",
    "scrapy.pipelines", "scrapy.pqueues", "scrapy.spidermiddlewares.depth", "scrapy.spidermiddlewares.httperror",
    "scrapy.spidermiddlewares.metacopy", "scrapy.spidermiddlewares.referer", "scrapy.spidermiddlewares.start",
    "scrapy.spidermiddlewares.urllength", "scrapy.squeues", "scrapy.statscollectors", "scrapy.utils.engine",
)  # fmt: skip
"""What Scrapy loads by name when a crawl begins, beside what our settings name."""

_REACTOR_MODULE = "twisted.internet.reactor"
"""Importing it makes one, and each spider needs its own."""


def preload_spider() -> None:
    """Load what every spider needs; this process's forks have it."""
    from copydesk.crawler.scrapy_settings import BASE_SETTINGS

    for name in (*_CRAWLER_MODULES, *_SCRAPY_MODULES):
        import_module(name)
    for path in _list_component_paths(BASE_SETTINGS):
        import_module(path.rpartition(".")[0])
    fork.mark_preloaded(FORK_TARGET)


def can_fork() -> bool:
    """Whether a spider can be a fork of this process."""
    return fork.can_fork(FORK_TARGET) and _REACTOR_MODULE not in sys.modules


def _list_component_paths(base: Mapping[str, object]) -> Iterator[str]:
    """The import paths that the settings name, save those of what is left out."""
    for value in base.values():
        if isinstance(value, dict):
            for key, one in value.items():
                if one is not None:
                    yield from (path for path in (key, one) if isinstance(path, str) and "." in path)
