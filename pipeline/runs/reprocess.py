"""Reading a run's stored pages again, by a person's leave: beside what is shown at first, then in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import BadInput, Permanent
from copydesk.pipeline.core.records import Article, ArticleKind
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.db import Row, load_queries, transaction
from copydesk.pipeline.maintenance.learned_boilerplate import snapshot_boilerplate
from copydesk.pipeline.runs.planning import WireStrategy
from copydesk.pipeline.runs.stages import (
    LogLine,
    compute_cleaner_version,
    finalize_wire,
    parse_pending_pages,
    snapshot_source,
)
from copydesk.pipeline.store.articles import list_articles, save_parse_results
from copydesk.pipeline.store.profiles import lock_live_profile
from copydesk.pipeline.store.staged_results import (
    count_staged_results,
    delete_outdated_staged_results,
    delete_staged_results,
    list_unstaged_pages,
    read_staged_results,
    stage_results,
)

if TYPE_CHECKING:
    from copydesk.pipeline.incremental.fold import FoldCounts

MAX_PAGES = 50_000
"""Pages of one range: while they are folded, some minutes for so many, no other run folds."""

MAX_SAMPLES = 10
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
    settings: Settings, run_id: str, sources: Sequence[Source], log_line: LogLine = print, max_pages: int = MAX_PAGES
) -> Preview:
    """Read the run's stored pages by today's rules, and tell what that would change in articles and live stories.

    The readings are kept as proofs, beside what is shown; a call that was broken off goes on where it ended. Then they
    are put, signed, matched and folded, all in one transaction that is rolled back: what is told is what
    ``apply_run`` would do at this moment. Ids of the articles that would change, with their titles, go to ``told``.

    Raises:
        BadInput: the range holds more than ``max_pages`` pages to read.
        Transient: the database broke off; nothing that is shown has changed, the same call may be made again.
    """
    frozen = [snapshot_source(settings, run_id, WireStrategy.STORED, source) for source in sources]
    with transaction(settings) as connection:
        delete_outdated_staged_results(connection, run_id, {one.name: compute_cleaner_version(one) for one in frozen})
        kept = count_staged_results(connection, run_id)
        left = sum(
            len(list_unstaged_pages(connection, run_id, one.name, compute_cleaner_version(one))) for one in frozen
        )
    if kept + left > max_pages:
        raise BadInput(f"The range holds more than {max_pages} pages to read.", "Take a shorter one.")
    for source in frozen:
        for some in parse_pending_pages(settings, run_id, source, log_line, list_unstaged_pages):
            with transaction(settings) as connection:
                stage_results(connection, run_id, compute_cleaner_version(source), some)
    with transaction(settings) as connection, connection.transaction(force_rollback=True):
        before = _read_current_versions(connection, run_id)
        outcomes, counts = _apply_staged_results(connection, run_id, frozen)
        after = _read_current_versions(connection, run_id)
    changed = [one for one, (version, _) in after.items() if one in before and before[one][0] != version]
    for one in changed[:MAX_SAMPLES]:
        old, new = before[one][1], after[one][1]
        log_line(f"{one} would change: {old}" + (f" -> {new}" if new != old else ""))
    return Preview(
        pages=outcomes.total(), refused=outcomes["refused"], quarantined=outcomes["quarantined"], changed=len(changed),
        added=len(after.keys() - before.keys()), founded=counts.founded, joined=counts.joined, left=counts.left,
        merged=counts.merged, split=counts.split, killed=counts.killed,
    )  # fmt: skip


def apply_run(
    settings: Settings, run_id: str, sources: Sequence[Source], cleaner_versions: Mapping[str, str]
) -> dict[str, int]:
    """Show what the run's proofs say, in place of what was shown: articles and stories in one transaction.

    ``rules`` names of each wire the rules that have read the proofs. Done before, it changes nothing. Counts of what
    changed in the stories.

    Raises:
        Permanent: today's rules are others, or proofs are no longer kept; nothing has changed.
        Transient: the database broke off; nothing has changed, the same call may be made again.
    """
    with transaction(settings) as connection:
        frozen = _snapshot_sources(connection, run_id, sources)
        again = "Trigger `reprocess` anew."
        if {one.name: compute_cleaner_version(one) for one in frozen} != dict(cleaner_versions):
            raise Permanent("The rules are others than those of the preview.", again)
        if any(list_unstaged_pages(connection, run_id, one.name, cleaner_versions[one.name]) for one in frozen):
            raise Permanent("What the preview has read is no longer kept.", again)
        _, counts = _apply_staged_results(connection, run_id, frozen)
        delete_staged_results(connection, run_id)
    return counts.to_dict()


def list_cleaner_versions(settings: Settings, run_id: str, sources: Sequence[Source]) -> dict[str, str]:
    """Of each wire the version of the rules that the run reads its pages by now."""
    with transaction(settings) as connection:
        return {one.name: compute_cleaner_version(one) for one in _snapshot_sources(connection, run_id, sources)}


def _snapshot_sources(connection: Connection[Row], run_id: str, sources: Sequence[Source]) -> list[Source]:
    """The sources as the run reads them."""
    return [source.with_learned(snapshot_boilerplate(connection, run_id, source.name)) for source in sources]


def _apply_staged_results(
    connection: Connection[Row], run_id: str, sources: Sequence[Source]
) -> tuple[Counter[str], FoldCounts]:
    """Put the run's proofs in the place of what is shown, in the caller's transaction; outcomes of their pages."""
    from copydesk.pipeline.incremental.fold import fold_articles
    from copydesk.pipeline.incremental.match import match_articles
    from copydesk.pipeline.incremental.sign import sign_articles

    outcomes: Counter[str] = Counter()
    for source in sources:
        cleaner = compute_cleaner_version(source)
        for readings in read_staged_results(connection, run_id, source.name, cleaner):
            save_parse_results(connection, run_id, cleaner, readings)
            outcomes.update(
                ("refused" if one.result.kind is ArticleKind.REFUSED else "article")
                if isinstance(one.result, Article)
                else "quarantined"
                for one in readings
            )
        finalize_wire(connection, run_id, source, cleaner)
    profile, articles = lock_live_profile(connection), list_articles(connection, run_id)
    sign_articles(connection, articles, profile)
    match_articles(connection, articles, profile)
    return outcomes, fold_articles(connection, articles, profile)


def _read_current_versions(connection: Connection[Row], run_id: str) -> dict[UUID, tuple[UUID, str]]:
    rows = connection.execute(load_queries("article")["texts_of_run"], {"run_id": run_id})
    return {article_id: (version, title) for article_id, version, title in rows}
