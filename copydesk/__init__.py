"""Crawl wire news, extract clean text and fold near-duplicates into stories.

    import copydesk

    copydesk.crawl("menafn", since="24h")                     # crawl, clean and fold
    stories = copydesk.connect().stories(since="24h", min_copies=2)
    article = copydesk.clean("page.html")                     # HTML, a file or a URL
    groups = copydesk.dedup([article, "another text"])

Importing this package loads nothing else: the functions are imported when they are used, because every
`import copydesk.x` runs this file, in each of Airflow's processes too. docs/python.md describes them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copydesk.crawler.api import crawl as crawl
    from copydesk.pipeline.api.cleaning import clean as clean
    from copydesk.pipeline.api.deduplication import dedup as dedup
    from copydesk.pipeline.api.results import Article as Article
    from copydesk.pipeline.api.results import Copy as Copy
    from copydesk.pipeline.api.results import Story as Story
    from copydesk.pipeline.api.results import StoryGroup as StoryGroup
    from copydesk.pipeline.api.story_database import Database as Database
    from copydesk.pipeline.api.story_database import connect as connect
    from copydesk.pipeline.core.errors import CopydeskError as CopydeskError

_MODULES = {
    "Article": "copydesk.pipeline.api.results",
    "Copy": "copydesk.pipeline.api.results",
    "CopydeskError": "copydesk.pipeline.core.errors",
    "Database": "copydesk.pipeline.api.story_database",
    "Story": "copydesk.pipeline.api.results",
    "StoryGroup": "copydesk.pipeline.api.results",
    "clean": "copydesk.pipeline.api.cleaning",
    "connect": "copydesk.pipeline.api.story_database",
    "crawl": "copydesk.crawler.api",
    "dedup": "copydesk.pipeline.api.deduplication",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module 'copydesk' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
