"""Read the files of an import and save their pages in batches, each with the position in its file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.url_secrets import mask_credentials
from copydesk.pipeline.core.urls import canonicalize, hash_url
from copydesk.pipeline.core.wire_finder import WireFinder
from copydesk.pipeline.db import transaction
from copydesk.pipeline.offline.fields import FieldMap
from copydesk.pipeline.offline.saved_pages import SavedFile
from copydesk.pipeline.runs.import_records import (
    NO_URL,
    UNKNOWN_HOST,
    ImportRecord,
    PageFilter,
    get_host,
    make_file_key,
    read_import_records,
)
from copydesk.pipeline.store.page_imports import (
    FileProgress,
    ProgressStep,
    save_file_progress,
)
from copydesk.pipeline.store.pages import (
    Fetch,
    FetchedPage,
    record_fetches,
    save_pages,
)

BATCH_PAGES = 200
"""Pages per transaction."""
BATCH_RECORDS = 20_000
"""Records per transaction if few of them are wanted."""
BATCH_BYTES = 16_000_000
"""Bytes of pages per transaction, which bounds the memory."""

REASON_SEPARATOR = "/"
"""Between an outcome and its reason in the counts of a file."""
FILTERED = "filtered"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import."""

    files: Sequence[SavedFile]
    """The files, in order."""

    wanted: PageFilter = field(default_factory=PageFilter)

    fallback_wire: str = ""
    """The wire of pages of unknown hosts; empty to refuse these."""

    fields: FieldMap = field(default_factory=lambda: FieldMap({}))
    """The columns of files of rows."""

    again: bool = False
    """Read files from the start that were read before."""


class PageImporter:
    """Reads files and saves their pages in batches."""

    def __init__(
        self,
        settings: Settings,
        sources: Mapping[str, Source],
        request: ImportRequest,
        run_key: UUID,
        now: datetime,
        before: Mapping[str, FileProgress],
    ) -> None:
        self._settings, self._sources, self._request, self._run_key, self._now = (
            settings, sources, request, run_key, now,
        )  # fmt: skip
        self._finder = WireFinder(sources)
        self._saved = dict(before)
        self._pages: list[tuple[str, FetchedPage]] = []
        self._fetches: list[Fetch] = []
        self._steps: dict[str, tuple[str, int, Counter[str], bool]] = {}
        self._bytes = self._records = 0
        self.failed_files: list[str] = []

    def run(self, on_progress: Callable[[int], None]) -> Mapping[str, FileProgress]:
        """Import everything, and return the progress of each file by its key."""
        bytes_before = 0
        for file in self._request.files:
            key = make_file_key(file)
            size = file.size_bytes
            saved = self._saved.get(key, FileProgress(key))
            if not saved.is_complete:
                failed = False
                for record in self._read(file, saved.records):
                    if record.file_failed:
                        failed = True
                        self.failed_files.append(file.name)
                        break
                    self._add(key, file.name, record)
                    on_progress(bytes_before + record.bytes_read)
                if not failed:
                    name, records, counts, _ = self._get_step(key, file.name)
                    self._steps[key] = name, records, counts, True
            bytes_before += size
            on_progress(bytes_before)
        self._flush()
        return self._saved

    def _read(self, file: SavedFile, skip: int) -> Iterable[ImportRecord]:
        return read_import_records(
            file, self._request.wanted, self._settings.max_page_bytes, self._request.fields, skip
        )  # fmt: skip

    def _get_step(self, key: str, name: str) -> tuple[str, int, Counter[str], bool]:
        if key not in self._steps:
            saved = self._saved.get(key, FileProgress(key))
            self._steps[key] = name, saved.records, Counter(saved.counts), False
        return self._steps[key]

    def _add(self, key: str, name: str, record: ImportRecord) -> None:
        _, _, counts, _ = self._get_step(key, name)
        self._steps[key] = name, record.number, counts, False
        self._records += 1
        if record.page is None and record.outcome is None:
            counts[f"{FILTERED}{REASON_SEPARATOR}{record.reason}"] += 1
        else:
            self._add_wanted(key, record, counts)
        if (
            len(self._pages) >= BATCH_PAGES
            or self._bytes >= BATCH_BYTES
            or self._records >= BATCH_RECORDS
            or len(self._fetches) >= BATCH_RECORDS
        ):
            self._flush()

    def _add_wanted(self, key: str, record: ImportRecord, counts: Counter[str]) -> None:
        outcome, reason = record.outcome, record.reason
        wire = ""
        if not get_host(record.url):
            outcome, reason = outcome or Outcome.REFUSED, reason or NO_URL
        else:
            wire = self._finder.find(record.url) or self._request.fallback_wire
            if not wire:
                outcome, reason = outcome or Outcome.REFUSED, reason or UNKNOWN_HOST
        url = mask_credentials(record.url)
        canonical_url = canonicalize(url, self._sources[wire].identity) if wire else ""
        if record.page is not None and wire:
            page = replace(record.page, url=url, final_url=url, wire=wire)
            self._bytes += len(page.body)
            self._pages.append((key, FetchedPage(page, canonical_url, hash_url(canonical_url))))
            return
        outcome = outcome or Outcome.REFUSED
        counts[f"{outcome.value}{REASON_SEPARATOR}{reason}"] += 1
        if wire and outcome is not Outcome.UNCHANGED:
            self._fetches.append(
                Fetch(
                    self._run_key, wire, hash_url(canonical_url), url, outcome, record.fetched_at or self._now, reason
                )
            )  # fmt: skip

    def _flush(self) -> None:
        """Save the batch, in one transaction."""
        with transaction(self._settings) as connection:
            fetches = save_pages(connection, self._run_key, [page for _, page in self._pages], self._now)
            record_fetches(connection, self._fetches)
            new: set[UUID | None] = set()
            for (key, _), fetch in zip(self._pages, fetches, strict=True):
                is_new = fetch.outcome is Outcome.STORED and fetch.page_id not in new
                new.add(fetch.page_id)
                self._steps[key][2][(Outcome.STORED if is_new else Outcome.UNCHANGED).value] += 1
            progress = {
                key: FileProgress(key, records, dict(counts), is_complete)
                for key, (_, records, counts, is_complete) in self._steps.items()
            }
            steps = [
                ProgressStep(self._steps[key][0], step, self._saved.get(key, FileProgress(key)).records)
                for key, step in progress.items()
            ]
            save_file_progress(connection, self._run_key, steps)
        self._saved.update(progress)
        self._pages, self._fetches, self._steps = [], [], {}
        self._bytes = self._records = 0
