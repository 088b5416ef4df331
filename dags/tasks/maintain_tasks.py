"""What the tasks of `maintain` do: each resolves its settings, calls the pipeline, and returns counts, never text."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from copydesk.dags.alerts.notify import log_and_notify
from copydesk.dags.support.airflow_settings import load_settings, load_sources

if TYPE_CHECKING:
    from airflow.sdk import Context

MEGABYTE = 1_000_000
logger = logging.getLogger(__name__)


def make_partitions() -> int:
    """See that this month and the next ones have their partitions; how many there are."""
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.maintenance import retention

    settings = load_settings()
    ensure_schema(settings)
    found = retention.ensure_partitions(settings, datetime.now(UTC).date())
    logger.info("Pages lie in %s", ", ".join(found))
    return len(found)


def drop_expired() -> dict[str, int]:
    """Drop what the settings no longer keep."""
    from copydesk.pipeline.maintenance import retention

    settings = load_settings()
    dropped = retention.apply_retention(settings, datetime.now(UTC))
    if settings.keep_page_days is None:
        logger.info("Pages are kept for ever: COPYDESK_KEEP_PAGE_DAYS is not set")
    logger.info(
        "Dropped the bytes of %s pages' contents (%.1f MB) and %s empty months; %s old ones are needed still; "
        "forgot %s notes of pages that left the quarantine and %s readings that nobody approved",
        dropped.bodies, dropped.freed_bytes / MEGABYTE, dropped.partitions, dropped.still_needed, dropped.quarantine_entries, dropped.staged_results,
    )  # fmt: skip
    return asdict(dropped)


def replay(context: Context) -> dict[str, Any]:
    """Read what is in quarantine once more, where today's rules have not; its counts, with those of its run, if any."""
    from copydesk.pipeline.db import connect
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.runs.quarantine_replay import replay_quarantine as read_again
    from copydesk.pipeline.store.runs import read_run

    settings = load_settings()
    ensure_schema(settings)
    # A name of its own, because a run of newswire may bear the same.
    run_id = f"replay__{context['run_id']}"
    done = read_again(settings, run_id, load_sources(settings).sources, log_line=logger.info)
    logger.info("%s pages read again: %s recovered, %s refused, %s held still", *asdict(done).values())
    summary = {}
    if done.pages:
        with connect(settings) as connection:
            summary = dict(read_run(connection, run_id).summary)
        log_and_notify(context, settings, summary["warnings"])
    return {**summary, **asdict(done)}


def refresh_statistics() -> int:
    """Have PostgreSQL's planner know the tables as they are; how many."""
    from copydesk.pipeline.maintenance import retention

    return retention.vacuum_analyze(load_settings())


def measure_tables() -> dict[str, int]:
    """Keep and tell how large the tables are; bytes by table."""
    from copydesk.dags.telemetry.metrics import send_size_metrics
    from copydesk.pipeline.maintenance import retention

    settings = load_settings()
    sizes = retention.record_table_sizes(settings, datetime.now(UTC).date())
    logger.info("::group::Tables")
    for size in sizes:
        grown = "" if size.growth is None else f"  {size.growth / MEGABYTE:+.1f} MB since the last look"
        logger.info("%-20s %10.1f MB  %s entries%s", size.table, size.size_bytes / MEGABYTE, size.row_estimate, grown)
    logger.info("::endgroup::")
    disk_free_bytes, database_bytes = retention.get_free_disk_bytes(settings), retention.get_database_bytes(settings)
    send_size_metrics(sizes, database_bytes, disk_free_bytes)
    room_text = "" if disk_free_bytes is None else f"; {disk_free_bytes / MEGABYTE:.0f} MB are left on its disk"
    logger.info("The database has %.1f MB%s", database_bytes / MEGABYTE, room_text)
    return {one.table: one.size_bytes for one in sizes}
