"""Check many wires at once: concurrently across hosts, resumable, with what to change at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer

from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
from copydesk.crawler.accounting.wire_diagnosis import Diagnosis, WireState, diagnose
from copydesk.pipeline.cli.source_edits import find_editable_path, replace_urls
from copydesk.pipeline.cli.wire_checks import CheckFolder
from copydesk.pipeline.cli.wire_enable import keep_disabled
from copydesk.pipeline.console.tables import pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.configured_sources import find_configured_source
from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source_files import find_source_file

if TYPE_CHECKING:
    from copydesk.crawler.accounting.crawl_stats import CrawlStats
    from copydesk.pipeline.core.source import Source


def diagnose_wire(source: Source, stats: CrawlStats) -> tuple[Diagnosis, CopydeskError | None]:
    """Return the diagnosis of a dry run, and the error of one that failed."""
    crawl_error: CopydeskError | None = None
    try:
        raise_for_crawl_result(stats, source.model_copy(update={"min_articles": 0}))
    except CopydeskError as error:
        crawl_error = error
    message, code = (crawl_error.message, crawl_error.exit_code) if crawl_error else ("", 0)
    return diagnose(source, stats, datetime.now(UTC), message, code), crawl_error


def check_many(
    sources: Mapping[str, Source], settings: Settings, hours: float, *, restart: bool, fix: bool, as_json: bool
) -> None:
    """Check wires and print one line per wire, then what to change.

    The exit status is that of the first wire that cannot be crawled.

    Args:
        sources: The wires by name.
        settings: The settings.
        hours: The length of the window up to now, in hours.
        restart: Whether to check wires again that an interrupted check has already checked.
        fix: Whether to make the changes that can be made automatically.
        as_json: Whether to print one JSON object per wire.
    """
    from copydesk.crawler.process.check_pool import DryRun, group_by_host, run_checks

    folder = CheckFolder(settings)
    bulk, earlier = folder.begin(list(sources), hours, restart=restart)
    diagnoses = {name: Diagnosis.from_dict(_without_record(result)) for name, result in earlier.items()}
    verified = {name: result["verified_on"] for name, result in earlier.items()}
    if earlier:
        typer.echo(
            f"Continuing the check of {bulk.started_at:%H:%M} UTC: {len(earlier)} of {len(sources)} wires are checked."
            " --restart starts again.",
            err=True,
        )

    def on_result(name: str, stats: CrawlStats) -> None:
        diagnosis, _ = diagnose_wire(sources[name], stats)
        diagnoses[name] = diagnosis
        verified[name] = folder.save(name, diagnosis.to_dict(), bulk.check_id)
        _print_progress(len(diagnoses), len(sources))

    now = datetime.now(UTC)
    waiting = [source for name, source in sources.items() if name not in earlier]
    run_checks(group_by_host(waiting), DryRun(now - timedelta(hours=hours), now), on_result)
    folder.finish()
    ordered = [diagnoses[name] for name in sources]
    if as_json:
        print_json(_to_row(diagnosis, sources[diagnosis.name], verified[diagnosis.name]) for diagnosis in ordered)
    else:
        _print_diagnoses(ordered, sources, verified)
        print_findings(ordered)
    if fix:
        fix_sources(ordered, settings)
    failed = next((diagnosis for diagnosis in ordered if diagnosis.error), None)
    if failed is not None:
        raise typer.Exit(failed.exit_code)


def _without_record(result: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key not in {"check_id", "verified_on"}}


def _print_progress(done: int, total: int) -> None:
    """Show how many wires are checked on standard error, if that is a terminal. No thread: workers are forks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} wires checked{chr(10) if done == total else ''}")
        sys.stderr.flush()


def _to_row(diagnosis: Diagnosis, source: Source, verified_on: str) -> dict[str, Any]:
    data = diagnosis.to_dict()
    return {
        **data,
        "wanted": diagnosis.wanted,
        "status": format_status(source, verified_on),
        "verified_on": verified_on,
    }


def format_status(source: Source, verified_on: str) -> str:
    """Return whether a wire was ever seen live: ``verified 2026-03-01``, ``unverified``; empty if never needed."""
    if verified_on:
        return f"verified {verified_on}"
    return str(source.status or "")


def _print_diagnoses(
    diagnoses: Sequence[Diagnosis], sources: Mapping[str, Source], verified: Mapping[str, str]
) -> None:
    rows = []
    for diagnosis in diagnoses:
        newest = _describe_age(diagnosis)
        share = "-" if diagnosis.identified is None else f"{diagnosis.identified}/{diagnosis.articles}"
        feeds = f"{sum(not feed.error for feed in diagnosis.feeds)}/{len(diagnosis.feeds)}"
        status = format_status(sources[diagnosis.name], verified[diagnosis.name]) or "-"
        note = diagnosis.error or "; ".join(finding.message for finding in diagnosis.findings[:1]) or "-"
        rows.append(
            (diagnosis.name, diagnosis.state, feeds, diagnosis.entries, diagnosis.wanted, newest, share, status, note)
        )
    print_table(
        ["name", "state", "feeds", "entries", "pages", "newest", "ids", "status", "note"],
        rows,
        right_aligned="feeds entries pages newest ids",
    )
    counts = {state: sum(diagnosis.state is state for diagnosis in diagnoses) for state in WireState}
    listed = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    typer.echo(f"\n{pluralize(len(diagnoses), 'wire')}: {listed}.")


def _describe_age(diagnosis: Diagnosis) -> str:
    if not diagnosis.newest:
        return "-"
    age = datetime.fromisoformat(diagnosis.checked_at) - datetime.fromisoformat(diagnosis.newest)
    hours = max(age.total_seconds(), 0) / 3600
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} d"


def print_findings(diagnoses: Iterable[Diagnosis]) -> None:
    """Print what to change, one line per finding."""
    lines = [f"  {found.name}: {finding.message}" for found in diagnoses for finding in found.findings]
    if lines:
        typer.echo("\nWhat to change:")
        for line in lines:
            typer.echo(sanitize_cell(line))


def fix_sources(diagnoses: Iterable[Diagnosis], settings: Settings) -> None:
    """Make the changes that can be made automatically: in the user's own files, or as overrides of shipped ones."""
    for diagnosis in diagnoses:
        replacements = {finding.fix.old: finding.fix.new for finding in diagnosis.findings if finding.fix}
        if replacements:
            path = find_source_file(diagnosis.name, settings.source_folders)
            target = find_editable_path(path, settings)
            if target != path and not find_configured_source(diagnosis.name, settings).enabled:
                keep_disabled(diagnosis.name)
            replace_urls(path, replacements, target, date.today())  # noqa: DTZ011 - a note for people here
            typer.echo(f"{diagnosis.name}: changed {pluralize(len(replacements), 'URL')} in {target}.", err=True)
