"""Runs an inspection in the spider's child process, and returns what it found."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from copydesk.crawler.inspection.inspection_records import Inspection, InspectionRequest
from copydesk.crawler.process.spider_process import OnLine, SpiderProcess
from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.core.ids import CLI_DAG_ID
from copydesk.pipeline.core.strategy import WireStrategy

MAX_INSPECTION_SECONDS = 300.0
"""Seconds for a whole inspection: some twenty requests to a host that asks for ten seconds between two."""


def run_inspection(
    wire: str,
    request: InspectionRequest,
    folder: Path,
    *,
    sources_folder: Path | None = None,
    on_line: OnLine | None = None,
) -> Inspection:
    """Inspect one article of a wire, or a site.

    Args:
        wire: The name of the wire.
        request: What to look at.
        folder: An empty folder for the pages and the result.
        sources_folder: The folder of the wire's file. None: the configured ones.
        on_line: Called with the logging level and the text of each line of the spider's log.

    Raises:
        CopydeskError: The spider did not start, or ended without a result.
    """
    request.write(folder)
    now = datetime.now(UTC)
    environment = {**os.environ, "COPYDESK_SOURCES": str(sources_folder)} if sources_folder else None
    stats = SpiderProcess(
        wire,
        CLI_DAG_ID,
        f"inspect__{wire}__{now:%Y-%m-%dT%H:%M:%SZ}",
        now - timedelta(hours=1),
        now,
        strategy=WireStrategy.LIVE,
        timeout_seconds=MAX_INSPECTION_SECONDS,
        progress_seconds=0,
        inspection_folder=folder,
        env=environment,
    ).run(on_line)
    inspection = Inspection.read(folder)
    if inspection is not None:
        return inspection
    if stats.error is not None:
        raise stats.error.to_error()
    raise Transient(f"{wire}: the inspection was cut short ({stats.finish_reason}).", "Run it again.")
