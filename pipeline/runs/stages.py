"""The stages, chained over one run: the one file that knows them all.

Each function opens its own transactions, may be run twice or twice at once, and hands on nothing but the run's id;
what a stage works on, it reads from the tables. A stage is imported when it is run: each is a task of its own, and
what the others need takes a second to load.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Connection

from copydesk.pipeline.core.errors import LedgerUnbalanced, QuarantineError
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Article
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.db import Row, load_queries, transaction
from copydesk.pipeline.runs.anomalies import detect_anomalies, save_warnings
from copydesk.pipeline.runs.layout_drift import count_extraction_paths, detect_layout_changes
from copydesk.pipeline.runs.planning import WireStrategy
from copydesk.pipeline.store.articles import (
    ParseResult,
    batched,
    list_articles,
    list_pages_to_clean,
    refresh_articles,
    resolve_published_at,
    save_parse_results,
)
from copydesk.pipeline.store.ledger import Ledger, read_ledger, save_counts
from copydesk.pipeline.store.pages import StoredPage, read_pages
from copydesk.pipeline.store.profiles import describe_outdated_profile, get_live_profile_id, lock_live_profile
from copydesk.pipeline.store.runs import close_run, has_deadline, read_run

PAGE_BATCH_SIZE = 50
CRAWL_RESULT_STAGE = "crawl_result"
"""The stage under which the ledger keeps whether a crawl was good."""
LogLine = Callable[[str], None]
PageLister = Callable[[Connection[Row], str, str, str], list[UUID]]
"""Lists a run's pages of a wire that the rules of that name have not read."""


def record_crawl_counts(settings: Settings, run_id: str, wire: str, scheduled: int) -> dict[str, int]:
    """Enter what became of the addresses of one wire into the ledger; the counts.

    ``scheduled`` is how many the spider says it had, by its own count and not by this table's, earlier tries included;
    0 where it ended without saying.
    """
    with transaction(settings) as connection:
        rows = connection.execute(load_queries("ledger")["count_fetches"], {"run_id": run_id, "wire": wire})
        outcomes: dict[str, int] = dict(rows.fetchall())
        counts = {"scheduled": scheduled or sum(outcomes.values()), **outcomes}
        save_counts(connection, run_id, wire, "crawl", counts)
    return counts


def record_crawl_result(settings: Settings, run_id: str, wire: str, *, succeeded: bool) -> None:
    """Enter into the ledger whether the crawl of one wire was a good one, in place of an earlier try's verdict."""
    with transaction(settings) as connection:
        save_counts(connection, run_id, wire, CRAWL_RESULT_STAGE, {"succeeded" if succeeded else "failed": 1})


def clean_wire(
    settings: Settings, run_id: str, strategy: str, source: Source, log_line: LogLine = print
) -> dict[str, int]:
    """Extract and clean the run's pages of one wire; the counts by outcome.

    The wire's learned boilerplate is the run's: what is learned or vetoed meanwhile is for the next one.

    Raises:
        Transient: the database broke off; what was written stays, the same call goes on.
    """
    source = snapshot_source(settings, run_id, strategy, source)
    cleaner = compute_cleaner_version(source)
    for readings in parse_pending_pages(settings, run_id, source, log_line):
        with transaction(settings) as connection:
            save_parse_results(connection, run_id, cleaner, readings)
        log_line(f"{len(readings)} pages settled")
    with transaction(settings) as connection:
        return finalize_wire(connection, run_id, source, cleaner)


def finalize_wire(connection: Connection[Row], run_id: str, source: Source, cleaner: str) -> dict[str, int]:
    """Have the wire's articles read as these rules read them, and enter its pages into the ledger; their counts."""
    wire = source.name
    refresh_articles(connection, run_id, wire, cleaner)
    rows = connection.execute(
        load_queries("ledger")["count_pages"], {"run_id": run_id, "wire": wire, "cleaner": cleaner}
    )
    counts: dict[str, int] = dict(rows.fetchall())
    counts["pages"] = sum(counts.values())
    save_counts(connection, run_id, wire, "clean", counts)
    if source.page:
        save_counts(connection, run_id, wire, "layout", count_extraction_paths(connection, run_id, wire, cleaner))
    return counts


def snapshot_source(settings: Settings, run_id: str, strategy: str, source: Source) -> Source:
    """Settle which pages of the wire the run is about, and what is cut from them; the source as the run reads it."""
    from copydesk.pipeline.maintenance.learned_boilerplate import snapshot_boilerplate

    wire = source.name
    with transaction(settings) as connection:
        _add_run_pages(connection, run_id, wire, strategy)
        source = source.with_learned(snapshot_boilerplate(connection, run_id, wire))
        connection.execute(load_queries("article")["save_wire_agency"], {"wire": wire, "agency": source.agency})
    return source


def parse_pending_pages(
    settings: Settings,
    run_id: str,
    source: Source,
    log_line: LogLine = print,
    list_pending: PageLister = list_pages_to_clean,
) -> Iterator[list[ParseResult]]:
    """Read those of the run's pages that these rules have not read yet, some at a time; nothing is written.

    ``unread`` lists them: by default those that are not settled.
    """
    from copydesk.pipeline.offline.read_page import WORK
    from copydesk.pipeline.process.sandbox import Sandbox

    with transaction(settings) as connection:
        todo = list_pending(connection, run_id, source.name, compute_cleaner_version(source))
    if not todo:
        return
    log_line(f"{len(todo)} pages to clean")
    workers = 1 if len(todo) <= PAGE_BATCH_SIZE else 2
    limits = settings.extract_seconds, settings.extract_megabytes
    with Sandbox(workers, *limits, {source.name: source}, work=WORK) as sandbox:
        for some in batched(todo, PAGE_BATCH_SIZE):
            with transaction(settings) as connection:
                stored = list(read_pages(connection, some))
            results = sandbox.map(one.page for one in stored)
            yield [_to_parse_result(one, result, source) for one, result in zip(stored, results, strict=True)]


def compute_cleaner_version(source: Source) -> str:
    """The version of all that reading a wire's pages depends on: code, rules, the wire's own, what was learned."""
    from copydesk.pipeline.clean.cut_rules import load_rules
    from copydesk.pipeline.clean.known_boilerplate import make_set_id
    from copydesk.pipeline.offline.read_page import PARSER_VERSION, hash_data_files

    own = json.dumps(
        source.model_dump(mode="json", include={"title", "language", "timezone", "agency", "page", "boilerplate"}),
        sort_keys=True,
    )
    learned = f"+{make_set_id(source.learned)}" if source.learned else ""
    wire = hashlib.sha256(own.encode()).hexdigest()[:8]
    return f"rules-{load_rules().version}.{PARSER_VERSION}.{hash_data_files()}+{wire}{learned}"


def sign_run(settings: Settings, run_id: str, profile: Profile | None = None) -> int:
    """Sign the run's articles; how many sketches were written. ``profile`` None: the live one, here and below."""
    from copydesk.pipeline.incremental.sign import sign_articles

    with transaction(settings) as connection:
        profile = profile or lock_live_profile(connection)
        return sign_articles(connection, list_articles(connection, run_id), profile)


def match_run(settings: Settings, run_id: str, profile: Profile | None = None) -> dict[str, int]:
    """Find and verify the near-duplicates of the run's articles; counts of candidates and edges."""
    from copydesk.pipeline.incremental.match import match_articles

    with transaction(settings) as connection:
        profile = profile or lock_live_profile(connection)
        return match_articles(connection, list_articles(connection, run_id), profile).to_dict()


def fold_run(settings: Settings, run_id: str, profile: Profile | None = None) -> dict[str, int]:
    """Fold the run's articles into stories; counts of what changed."""
    from copydesk.pipeline.incremental.fold import fold_articles

    with transaction(settings) as connection:
        profile = profile or lock_live_profile(connection)
        return fold_articles(connection, list_articles(connection, run_id), profile).to_dict()


def report_run(
    settings: Settings, run_id: str, profile: Profile | None = None, failed_wires: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Hold the ledger's identities and write the run's summary.

    ``failed`` says of wires whose crawl failed why; they are told, their stored copy is counted as any other. What is
    odd about the run is kept as rows (``runs.anomalies``); the summary's ``warnings`` are those found for the first
    time. Its ``newer_profile`` says so where this version's default is not the live profile.

    Raises:
        LedgerUnbalanced: an identity does not hold; the run is marked ``failed``.
    """
    with transaction(settings) as connection:
        profile_id = profile.profile_id if profile else get_live_profile_id(connection)
        counts = connection.execute(
            load_queries("ledger")["count_articles"], {"run_id": run_id, "profile_id": profile_id}
        ).fetchone()
        articles, in_stories, stories = counts or (0, 0, 0)
        save_counts(connection, run_id, "", "fold", {"articles": articles, "in_stories": in_stories})
        run = read_run(connection, run_id)
        ledger = read_ledger(connection, run_id)
        ruled = sorted(wire for wire, stages in ledger.counts.items() if "layout" in stages)
        changed = {
            wire: str(change) for wire, change in detect_layout_changes(connection, ruled, run.window.end).items()
        }
        summary = summarize(ledger, stories) | {
            "failed_wires": dict(failed_wires or {}), "skipped_wires": dict(run.skipped), "changed_layouts": changed,
            "newer_profile": describe_outdated_profile(connection),
        }  # fmt: skip
        found = detect_anomalies(
            connection, run_id, run.window, run.wires if run.kind == "scheduled" else (), failed_wires=failed_wires or {},
            changed_layouts=changed, max_delay=timedelta(minutes=settings.late_minutes) if has_deadline(connection, run) else None,
            now=run.ended_at,
        )  # fmt: skip
        summary["warnings"] = [asdict(one) for one in save_warnings(connection, run_id, found)]
    try:
        ledger.check()
    except LedgerUnbalanced as error:
        with transaction(settings) as connection:
            close_run(connection, run_id, "failed", summary | {"error": str(error)})
        raise
    with transaction(settings) as connection:
        close_run(connection, run_id, "done", summary)
    return summary


def summarize(ledger: Ledger, stories: int) -> dict[str, Any]:
    """The few figures that a person wants of a run."""
    return {
        "scheduled": ledger.total("crawl", "scheduled"),
        "stored": ledger.total("crawl", "stored"),
        "pages": ledger.total("clean", "pages"),
        "new_articles": ledger.total("clean", "article"),
        "refused": ledger.total("crawl", "refused") + ledger.total("clean", "refused"),
        "quarantined": ledger.total("crawl", "quarantined") + ledger.total("clean", "quarantined"),
        "failed": ledger.total("crawl", "failed"),
        "articles": ledger.total("fold", "articles"),
        "stories": stories,
    }


def _to_parse_result(stored: StoredPage, result: Article | QuarantineError, source: Source) -> ParseResult:
    if isinstance(result, Article):
        published_at = resolve_published_at(
            result.published_at, stored.published_hint, ZoneInfo(source.timezone), stored.page.fetched_at
        )
        result = replace(result, published_at=published_at)
    return ParseResult(stored.page_id, source.name, stored.canonical_url, stored.page.fetched_at, result)


def _add_run_pages(connection: Connection[Row], run_id: str, wire: str, strategy: str) -> None:
    queries = load_queries("run")
    run = read_run(connection, run_id)
    if strategy == WireStrategy.STORED:
        connection.execute(
            queries["add_stored_pages"],
            {"run_id": run_id, "wire": wire, "start": run.window.start, "end": run.window.end},
        )
    elif strategy != WireStrategy.REPLAY:
        connection.execute(queries["add_fetched_pages"], {"run_id": run_id, "wire": wire})
