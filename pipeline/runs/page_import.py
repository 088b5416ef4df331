"""Import pages from files into the page store, as one run: a later run in mode `stored` makes articles of them.

Pages, their outcomes and the position in each file are saved in one transaction per batch. After a kill, the same
import continues after the last saved batch: nothing is lost, and nothing is counted twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.ids import CLI_DAG_ID, make_run_key
from copydesk.pipeline.core.records import Outcome, Window
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import RunMode
from copydesk.pipeline.db import transaction
from copydesk.pipeline.offline.warc import check_fastwarc, is_warc
from copydesk.pipeline.runs.import_records import (
    make_file_key,
)
from copydesk.pipeline.runs.page_importer import FILTERED, REASON_SEPARATOR, ImportRequest, PageImporter
from copydesk.pipeline.runs.stages import record_crawl_counts
from copydesk.pipeline.store.page_imports import (
    FileProgress,
    ImportedWire,
    delete_file_progress,
    list_file_progress,
    list_imported_wires,
)
from copydesk.pipeline.store.pages import (
    ensure_page_partition,
    get_database_time,
)
from copydesk.pipeline.store.runs import close_run, fail_run, open_run
from copydesk.pipeline.store.states import RunState


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import has done, earlier attempts included."""

    run_id: str
    files: int
    """All files."""
    files_before: int
    """Files that an earlier attempt has read completely."""
    failed_files: Sequence[str]
    """The names of files that cannot be read."""
    records: int
    """Records of pages; the sum of the next five."""
    stored: int
    unchanged: int
    """Pages that the store had already."""
    refused: int
    quarantined: int
    filtered: int
    """Records outside the time span or of other hosts."""
    reasons: Mapping[str, int]
    """Records by reason, of those that were not stored."""
    wires: Sequence[ImportedWire]


def import_pages(
    settings: Settings,
    sources: Mapping[str, Source],
    request: ImportRequest,
    on_progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Import the pages of files. The database is in a ``database_session``.

    Args:
        settings: The settings.
        sources: All sources, by wire: a page belongs to the wire with its host.
        request: What to import.
        on_progress: Called with the number of bytes read of all files.

    Raises:
        BadInput: A package is missing that reads the files.
        Permanent: Another process imports the same files.
    """
    if any(is_warc(file.path) for file in request.files):
        check_fastwarc()
    run_id = _make_run_id(sources, request)
    run_key = make_run_key(CLI_DAG_ID, run_id)
    _open(settings, run_id, request, ())
    try:
        with transaction(settings) as connection:
            if request.again:
                delete_file_progress(connection, run_key)
            now = get_database_time(connection)
            ensure_page_partition(connection, now.date())
            before = list_file_progress(connection, run_key)
        importer = PageImporter(settings, sources, request, run_key, now, before)
        done = importer.run(on_progress)
        with transaction(settings) as connection:
            wires = list_imported_wires(connection, run_key)
        _open(settings, run_id, request, [wire.wire for wire in wires])
        for wire in wires:
            record_crawl_counts(settings, run_key, wire.wire, 0)
        report = _summarize(run_id, request, done, before, importer.failed_files, wires)
        with transaction(settings) as connection:
            close_run(connection, run_key, RunState.DONE, _to_run_summary(report))
    except BaseException as error:
        reason = str(error) if isinstance(error, CopydeskError) else "interrupted"
        with transaction(settings) as connection:
            fail_run(connection, run_key, reason)
        raise
    return report


def _make_run_id(sources: Mapping[str, Source], request: ImportRequest) -> str:
    """Return the ID of the run: the same for the same import, so that a second attempt continues the first."""
    wanted = request.wanted
    parts = [
        *(str(file.path.resolve()) for file in request.files),
        *(f"{file.url} {file.fetched_at}" for file in request.files),
        f"{wanted.since} {wanted.until} {sorted(wanted.hosts)} {request.fallback_wire}",
        *(f"{name} {source.home}" for name, source in sorted(sources.items())),  # they decide the wire of a page
    ]
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
    first = "".join(char if char.isalnum() or char in "-_." else "_" for char in Path(request.files[0].name).name)
    return f"import__{first[:60]}__{digest[:12]}"


def _open(settings: Settings, run_id: str, request: ImportRequest, wires: Sequence[str]) -> None:
    since, until = request.wanted.since, request.wanted.until
    window = Window(since, until) if since is not None and until is not None else None
    with transaction(settings) as connection:
        open_run(connection, CLI_DAG_ID, run_id, kind="import", mode=RunMode.STORED, window=window, wires=wires)


def _summarize(
    run_id: str,
    request: ImportRequest,
    done: Mapping[str, FileProgress],
    before: Mapping[str, FileProgress],
    failed_files: Sequence[str],
    wires: Sequence[ImportedWire],
) -> ImportReport:
    keys = {make_file_key(file) for file in request.files}
    counts: Counter[str] = Counter()
    for key, progress in done.items():
        if key in keys:
            counts.update(progress.counts)
    totals: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for name, count in counts.items():
        outcome, _, reason = name.partition(REASON_SEPARATOR)
        totals[outcome] += count
        if reason:
            reasons[reason] += count
    return ImportReport(
        run_id=run_id,
        files=len(request.files),
        files_before=sum(progress.is_complete for key, progress in before.items() if key in keys),
        failed_files=tuple(failed_files),
        records=sum(totals.values()),
        stored=totals[Outcome.STORED],
        unchanged=totals[Outcome.UNCHANGED],
        refused=totals[Outcome.REFUSED],
        quarantined=totals[Outcome.QUARANTINED],
        filtered=totals[FILTERED],
        reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        wires=wires,
    )


def _to_run_summary(report: ImportReport) -> dict[str, object]:
    return {
        "files": report.files, "failed_files": list(report.failed_files), "records": report.records,
        "scheduled": report.records - report.filtered, "stored": report.stored, "unchanged": report.unchanged,
        "refused": report.refused, "quarantined": report.quarantined, "filtered": report.filtered,
        "reasons": dict(report.reasons),
    }  # fmt: skip
