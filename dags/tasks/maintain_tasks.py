"""The tasks of `maintain`: each loads the settings, calls the pipeline and returns counts, never text."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from copydesk.dags.alerts.notify import log_and_notify
from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.support.replay_request import ReplayRequest, read_replay_request
from copydesk.dags.support.run_window import get_run_key

if TYPE_CHECKING:
    from airflow.sdk import Context

MEGABYTE = 1_000_000
logger = logging.getLogger(__name__)


def skip_unless_housekeeping(context: Context) -> None:
    """Skip the task if a person has asked for a replay of the quarantine, and nothing else.

    Raises:
        AirflowSkipException: The run is for a replay.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    if read_replay_request(context["dag_run"].conf) is not None:
        raise AirflowSkipException("This run only replays the quarantine")


def make_partitions() -> int:
    """Create the missing partitions of this month and the next two.

    Returns:
        The number of partitions.
    """
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.maintenance import retention

    settings = load_settings()
    ensure_schema(settings)
    partitions = retention.ensure_partitions(settings, retention.read_database_time(settings).date())
    logger.info("Partitions of the page table: %s", ", ".join(partitions))
    return len(partitions)


def drop_expired() -> dict[str, int]:
    """Delete what is older than the settings allow.

    Returns:
        What was deleted, by kind.
    """
    from copydesk.pipeline.maintenance import retention

    settings = load_settings()
    dropped = retention.apply_retention(settings, retention.read_database_time(settings))
    if settings.keep_page_days is None:
        logger.info("Pages are kept forever: COPYDESK_KEEP_PAGE_DAYS is not set")
    logger.info(
        "Deleted the bytes of %s pages (%.1f MB) and %s empty partitions; kept %s old pages that are still needed",
        dropped.bodies,
        dropped.freed_bytes / MEGABYTE,
        dropped.partitions,
        dropped.still_needed,
    )
    logger.info(
        "Deleted %s records of pages that left the quarantine and %s results that were not approved",
        dropped.quarantine_entries,
        dropped.staged_results,
    )
    return asdict(dropped)


def archive_pages() -> dict[str, int]:
    """Move the pages of past months to the page archive.

    Returns:
        What was moved, by kind.
    """
    from copydesk.pipeline.maintenance import page_archiving, retention

    settings = load_settings()
    if not settings.page_archive.url:
        logger.info("There is no page archive: COPYDESK_PAGE_ARCHIVE__URL is not set")
        return {}
    moved = page_archiving.archive_pages(settings, retention.read_database_time(settings), logger.info)
    if moved.is_busy:
        logger.info("Another run is writing to the page archive: the rest is left to it")
    logger.info(
        "Moved %s pages (%.1f MB) into %s WARC files (%.1f MB); deleted %s files and %s empty partitions",
        moved.contents,
        moved.freed_bytes / MEGABYTE,
        moved.files,
        moved.written_bytes / MEGABYTE,
        moved.deleted_files,
        moved.partitions,
    )
    if moved.unreadable:
        logger.warning("%s archived pages cannot be read: restore their files from a backup", moved.unreadable)
    return asdict(moved)


def replay(context: Context) -> dict[str, Any]:
    """Replay the pages in quarantine that the current rules have not tried yet, or those that a person has chosen.

    Returns:
        The counts of the replay, and the summary of its run if there was anything to replay.
    """
    from copydesk.pipeline.core.source_files import load_valid_sources
    from copydesk.pipeline.db import read_transaction
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.runs.quarantine_replay import replay_quarantine
    from copydesk.pipeline.store.runs import read_run

    settings = load_settings()
    ensure_schema(settings)
    dag_id, run_id = context["dag"].dag_id, context["run_id"]
    # All of the catalogue: pages of wires that are not enabled may be in quarantine too, after `copydesk crawl NAME`.
    sources = load_valid_sources(settings.source_folders).sources
    wanted = read_replay_request(context["dag_run"].conf)
    chosen = ReplayRequest() if wanted is None else wanted
    result = replay_quarantine(
        settings, dag_id, run_id, sources, wire=chosen.wire, reason=chosen.reason, ids=chosen.ids,
        force=wanted is not None, log_line=logger.info,
    )  # fmt: skip
    logger.info("Replayed %s pages: %s recovered, %s refused, %s still quarantined", *asdict(result).values())
    summary = {}
    if result.pages:
        with read_transaction(settings) as connection:
            summary = dict(read_run(connection, get_run_key(context)).summary)
        log_and_notify(context, settings, summary["warnings"])
    return {**summary, **asdict(result)}


def refresh_statistics() -> int:
    """Vacuum and analyze the tables, for the statistics of PostgreSQL's planner.

    Returns:
        The number of tables.
    """
    from copydesk.pipeline.maintenance import retention

    return retention.vacuum_analyze(load_settings())


def measure_tables() -> dict[str, int]:
    """Measure the tables, save their sizes, log them and send them as metrics.

    Returns:
        The size of each table, in bytes.
    """
    from copydesk.dags.telemetry.metrics import send_size_metrics
    from copydesk.pipeline.maintenance import retention

    settings = load_settings()
    sizes = retention.record_table_sizes(settings, retention.read_database_time(settings).date())
    logger.info("::group::Tables")
    for size in sizes:
        growth = "" if size.growth is None else f"  {size.growth / MEGABYTE:+.1f} MB since the last measurement"
        logger.info("%-20s %10.1f MB  %s rows%s", size.table, size.size_bytes / MEGABYTE, size.row_estimate, growth)
    logger.info("::endgroup::")
    disk_free_bytes, database_bytes = retention.get_free_disk_bytes(settings), retention.get_database_bytes(settings)
    send_size_metrics(sizes, database_bytes, disk_free_bytes)
    free = "" if disk_free_bytes is None else f"; {disk_free_bytes / MEGABYTE:.0f} MB free on its disk"
    logger.info("Database size: %.1f MB%s", database_bytes / MEGABYTE, free)
    return {size.table: size.size_bytes for size in sizes}
