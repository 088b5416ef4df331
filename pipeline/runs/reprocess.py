"""Read a run's stored pages again: first as staged results that nobody else sees, then, once approved, for all."""

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
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.db import Row, queries, transaction
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.runs.change_samples import StorySample, make_story_samples, read_article_states
from copydesk.pipeline.runs.stages import LogLine, finalize_wire, parse_pending_pages
from copydesk.pipeline.runs.wire_run import WireRun, make_wire_run, open_wire_run
from copydesk.pipeline.store.articles import list_articles, list_unfolded_articles, save_parse_results
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
"""Maximum number of pages per run: folding so many takes minutes, during which no other run can fold."""

MAX_COMPARED = 500
"""Number of changed articles of which the stories that are shown as samples are chosen."""

RETRIGGER_REMEDY = "Trigger `reprocess` again."


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """What applying the staged results would change.

    Attributes:
        pages: Pages read by the current rules.
        refused: Pages among them that give no article, because they are not one. Existing articles keep their text.
        quarantined: Pages among them that cannot be processed. Existing articles keep their text.
        changed: Existing articles with a new text.
        added: New articles.
        founded: New stories.
        joined: Articles that join a story.
        left: Articles that leave a story.
        merged: Stories that are merged into another one.
        split: Stories that are split.
        killed: Stories that become withdrawn by a kill notice.
    """

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
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change, and by which rules.

    Attributes:
        counts: The counts of changes.
        cleaner_versions: The version of the cleaning rules by wire, for ``apply_run``.
        samples: Some of the stories that would change, with the differences.
    """

    counts: ChangeCounts
    cleaner_versions: Mapping[str, str]
    samples: Sequence[StorySample] = ()


@dataclass(frozen=True, slots=True)
class _CurrentText:
    article_id: UUID
    current_version: UUID
    story_id: UUID | None

    def differs_from(self, before: _CurrentText | None) -> bool:
        """Return whether the text or the story differs; an article without a story is folded anyway."""
        if before is None or before.current_version != self.current_version:
            return True
        return before.story_id is not None and before.story_id != self.story_id


def preview_run(
    settings: Settings, run_key: UUID, sources: Sequence[Source], log_line: LogLine = print, max_pages: int = MAX_PAGES
) -> Preview:
    """Read the run's stored pages by the current rules, and compute what that would change.

    The results are staged, so that a call that was interrupted can be continued. Then they are saved, signed, matched
    and folded in a transaction that is rolled back. The counts are therefore those of ``apply_run`` at this moment.

    Args:
        settings: The settings, for the database and the limits of the sandbox.
        run_key: The key of the run.
        sources: The wires to read, without learned boilerplate.
        log_line: Logs progress.
        max_pages: Maximum number of pages to read.

    Raises:
        BadInput: The range contains more than ``max_pages`` pages to read.
        Transient: The connection to the database was lost. Nothing but staged results has changed; the same call may
            be made again.
    """
    wire_runs = [open_wire_run(settings, run_key, WireStrategy.STORED, source) for source in sources]
    cleaner_versions = _get_cleaner_versions(wire_runs)
    with transaction(settings) as connection:
        delete_outdated_staged_results(connection, run_key, cleaner_versions)
        staged = count_staged_results(connection, run_key)
        unstaged = sum(len(list_unstaged_pages(connection, run_key, one.wire, one.cleaner)) for one in wire_runs)
    if staged + unstaged > max_pages:
        raise BadInput(f"The range contains more than {max_pages} pages to read.", "Choose a shorter one.")
    for wire_run in wire_runs:
        for results in parse_pending_pages(settings, wire_run, log_line, list_unstaged_pages):
            with transaction(settings) as connection:
                stage_results(connection, run_key, wire_run.cleaner, results)
    with transaction(settings) as connection:
        with connection.transaction(force_rollback=True):
            before = _read_current_texts(connection, run_key)
            outcomes, fold_counts = _apply_staged_results(connection, run_key, wire_runs)
            after = _read_current_texts(connection, run_key)
            affected = [article_id for article_id, text in after.items() if text.differs_from(before.get(article_id))]
            states = read_article_states(connection, affected[:MAX_COMPARED])
        samples = make_story_samples(read_article_states(connection, affected[:MAX_COMPARED]), states)
    changed = [
        article_id
        for article_id in affected
        if article_id in before and before[article_id].current_version != after[article_id].current_version
    ]
    counts = ChangeCounts(
        pages=outcomes.total(),
        refused=outcomes["refused"],
        quarantined=outcomes["quarantined"],
        changed=len(changed),
        added=len(after.keys() - before.keys()),
        founded=fold_counts.founded,
        joined=fold_counts.joined,
        left=fold_counts.left,
        merged=fold_counts.merged,
        split=fold_counts.split,
        killed=fold_counts.killed,
    )
    return Preview(counts, cleaner_versions, samples)


def apply_run(
    settings: Settings, run_key: UUID, sources: Sequence[Source], cleaner_versions: Mapping[str, str]
) -> dict[str, int]:
    """Save the run's staged results as those of its articles and stories, in one transaction.

    Calling it again changes nothing.

    Args:
        settings: The settings, for the database.
        run_key: The key of the run.
        sources: The wires of the run, without learned boilerplate.
        cleaner_versions: The version of the cleaning rules of the staged results, by wire.

    Returns:
        The number of changes to stories, by kind.

    Raises:
        Permanent: The rules have changed since the preview, or staged results were deleted; nothing has changed.
        Transient: The connection to the database was lost. Nothing has changed; the same call may be made again.
    """
    with transaction(settings) as connection:
        wire_runs = [make_wire_run(connection, run_key, source) for source in sources]
        if _get_cleaner_versions(wire_runs) != dict(cleaner_versions):
            raise Permanent("The rules have changed since the preview.", RETRIGGER_REMEDY)
        if any(list_unstaged_pages(connection, run_key, one.wire, one.cleaner) for one in wire_runs):
            raise Permanent("The results of the preview are no longer stored.", RETRIGGER_REMEDY)
        _, counts = _apply_staged_results(connection, run_key, wire_runs)
        delete_staged_results(connection, run_key)
    return counts.to_dict()


def _get_cleaner_versions(wire_runs: Sequence[WireRun]) -> dict[str, str]:
    return {wire_run.wire: wire_run.cleaner for wire_run in wire_runs}


def _apply_staged_results(
    connection: Connection[Row], run_key: UUID, wire_runs: Sequence[WireRun]
) -> tuple[Counter[str], FoldCounts]:
    """Save, sign, match and fold the run's staged results, in the caller's transaction.

    Articles that other runs have stored but not yet folded are folded first, and not counted: they join their stories
    whatever is decided about this run.

    Returns:
        The number of pages by outcome, and the changes to stories.
    """
    from copydesk.pipeline.incremental.fold import fold_articles
    from copydesk.pipeline.incremental.match import match_articles
    from copydesk.pipeline.incremental.sign import sign_articles

    profile = lock_live_profile(connection)
    if unfolded := list_unfolded_articles(connection, run_key, profile.profile_id):
        sign_articles(connection, unfolded, profile)
        match_articles(connection, unfolded, profile)
        fold_articles(connection, unfolded, profile)
    outcomes: Counter[str] = Counter()
    for wire_run in wire_runs:
        for results in read_staged_results(connection, run_key, wire_run.wire, wire_run.cleaner):
            save_parse_results(connection, run_key, wire_run.cleaner, results)
            outcomes.update(
                ("refused" if one.result.kind is ArticleKind.REFUSED else "article")
                if isinstance(one.result, Article)
                else "quarantined"
                for one in results
            )
        finalize_wire(connection, wire_run)
    articles = list_articles(connection, run_key)
    sign_articles(connection, articles, profile)
    match_articles(connection, articles, profile)
    return outcomes, fold_articles(connection, articles, profile)


def _read_current_texts(connection: Connection[Row], run_key: UUID) -> dict[UUID, _CurrentText]:
    rows = fetch_all(connection, _CurrentText, queries.article.list_texts_of_run, {"run_key": run_key})
    return {row.article_id: row for row in rows}
