"""What reading a run's stored pages again would change: found out by doing it, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from psycopg import Connection

from pipeline.articles import Reading, list_articles, put_readings, refresh_articles
from pipeline.chain import Told, freeze_source, name_cleaner, read_wire
from pipeline.config import Settings
from pipeline.db import Row, load_queries, transaction
from pipeline.errors import BadInput
from pipeline.generations import hold_live
from pipeline.records import ArticleKind
from pipeline.runs import Way
from pipeline.source import Source

MAX_PAGES = 50_000
"""Pages whose readings are held in memory at once: about 400 MB."""

SAMPLES = 10
"""Of the articles that would change, so many are told."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Of ``pages`` that today's rules have not read yet, ``refused`` and ``quarantined`` would give no article (an
    article that is there keeps the text it has). ``changed`` articles would read otherwise, ``added`` are new. The
    stories would be ``founded``, articles have ``joined`` one or ``left`` one, stories be ``merged``, ``split``
    or ``killed``."""

    pages: int
    refused: int
    quarantined: int
    changed: int
    added: int
    founded: int
    joined: int
    left: int
    merged: int
    split: int
    killed: int

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


def preview_run(
    settings: Settings, run_id: str, sources: Sequence[Source], told: Told = print, max_pages: int = MAX_PAGES
) -> Preview:
    """Tell what working the run's stored pages again would change, in articles and in the live generation's stories.

    The pages are read first; only then are they put, signed, matched and folded, all in one transaction that is
    rolled back. So what is told is what the same steps would do at this moment, and runs that fold wait for no more
    than the fold. Ids of the articles that would change, with their titles, go to ``told``.

    Raises:
        BadInput: the range holds more than ``max_pages`` pages to read.
        Transient: the database broke off; nothing was written, the same call may be made again.
    """
    readings: dict[str, tuple[str, list[Reading]]] = {}
    pages = 0
    for source in sources:
        frozen = freeze_source(settings, run_id, Way.STORED, source)
        _, read = readings.setdefault(frozen.name, (name_cleaner(frozen), []))
        for some in read_wire(settings, run_id, frozen, told):
            read += some
            pages += len(some)
            if pages > max_pages:
                raise BadInput(f"The range holds more than {max_pages} pages to read.", "Take a shorter one.")
    return _try(settings, run_id, readings, told)


def _try(settings: Settings, run_id: str, readings: Mapping[str, tuple[str, list[Reading]]], told: Told) -> Preview:
    from pipeline.fold import fold_articles
    from pipeline.match import match_articles
    from pipeline.sign import sign_articles

    with transaction(settings) as connection, connection.transaction(force_rollback=True):
        before = _read_texts(connection, run_id)
        for wire, (cleaner, read) in readings.items():
            put_readings(connection, run_id, cleaner, read)
            refresh_articles(connection, run_id, wire, cleaner)
        profile, articles = hold_live(connection), list_articles(connection, run_id)
        sign_articles(connection, articles, profile)
        match_articles(connection, articles, profile)
        counts = fold_articles(connection, articles, profile)
        after = _read_texts(connection, run_id)
    changed = [one for one, (version, _) in after.items() if one in before and before[one][0] != version]
    for one in changed[:SAMPLES]:
        old, new = before[one][1], after[one][1]
        told(f"{one} would change: {old}" + (f" -> {new}" if new != old else ""))
    results = [reading.result for _, read in readings.values() for reading in read]
    kinds = [getattr(result, "kind", None) for result in results]
    return Preview(
        pages=len(results), refused=kinds.count(ArticleKind.REFUSED), quarantined=kinds.count(None),
        changed=len(changed), added=len(after.keys() - before.keys()), founded=counts.founded, joined=counts.joined,
        left=counts.left, merged=counts.merged, split=counts.split, killed=counts.killed,
    )  # fmt: skip


def _read_texts(connection: Connection[Row], run_id: str) -> dict[UUID, tuple[UUID, str]]:
    rows = connection.execute(load_queries("article")["texts_of_run"], {"run_id": run_id})
    return {article_id: (version, title) for article_id, version, title in rows}
