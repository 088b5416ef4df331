"""Preloads everything that a spider needs, so that spiders can be forks of this process (see ``process.fork``)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module

from copydesk.pipeline.process import fork

FORK_TARGET = "copydesk.crawler.process.run_spider"

_CRAWLER_MODULES = (
    "copydesk.crawler.process.run_spider",
    "copydesk.crawler.store_client",
    "copydesk.crawler.inspection.spider",
    "copydesk.crawler.spiders.wire",
    "copydesk.pipeline.db.locks",
)
_SCRAPY_MODULES = (
    "scrapy.core.engine", "scrapy.core.scheduler", "scrapy.crawler", "scrapy.dupefilters", "scrapy.logformatter",
    "scrapy.pipelines", "scrapy.pqueues", "scrapy.spidermiddlewares.depth", "scrapy.spidermiddlewares.httperror",
    "scrapy.spidermiddlewares.metacopy", "scrapy.spidermiddlewares.referer", "scrapy.spidermiddlewares.start",
    "scrapy.spidermiddlewares.urllength", "scrapy.squeues", "scrapy.statscollectors", "scrapy.utils.engine",
)  # fmt: skip
"""What Scrapy imports by name when a crawl starts, in addition to the components in our settings."""

_REACTOR_MODULE = "twisted.internet.reactor"
"""Importing it installs a reactor. Each spider needs its own, so a process with a reactor cannot be forked."""


def preload_spider() -> None:
    """Import everything that a spider needs, and declare this process ready to be forked for one."""
    from copydesk.crawler.scrapy_settings import BASE_SETTINGS

    for name in (*_CRAWLER_MODULES, *_SCRAPY_MODULES):
        import_module(name)
    for path in _list_component_paths(BASE_SETTINGS):
        import_module(path.rpartition(".")[0])
    fork.mark_preloaded(FORK_TARGET)


def can_fork() -> bool:
    """Return whether a spider can be a fork of this process."""
    return fork.can_fork(FORK_TARGET) and _REACTOR_MODULE not in sys.modules


def _list_component_paths(settings: Mapping[str, object]) -> Iterator[str]:
    """Yield the import paths of the enabled components in the settings."""
    for components in settings.values():
        if isinstance(components, dict):
            for key, value in components.items():
                if value is not None:  # None disables a component
                    yield from (path for path in (key, value) if isinstance(path, str) and "." in path)
