"""What the tasks of `maintain` do: each resolves its settings, calls the pipeline, and returns counts, never text."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from copydesk.dags.alerts.notify import tell
from copydesk.dags.support.airflow_settings import open_settings, read_wires

if TYPE_CHECKING:
    from airflow.sdk import Context

MEGABYTE = 1_000_000
log = logging.getLogger(__name__)


def make_partitions() -> int:
    """See that this month and the next ones have their partitions; how many there are."""
    from copydesk.pipeline.db.schema import prepare
    from copydesk.pipeline.maintenance import retention

    settings = open_settings()
    prepare(settings)
    found = retention.make_partitions(settings, datetime.now(UTC).date())
    log.info("Pages lie in %s", ", ".join(found))
    return len(found)


def drop_expired() -> dict[str, int]:
    """Drop what the settings no longer keep."""
    from copydesk.pipeline.maintenance import retention

    settings = open_settings()
    dropped = retention.drop_expired(settings, datetime.now(UTC))
    if settings.keep_page_days is None:
        log.info("Pages are kept for ever: COPYDESK_KEEP_PAGE_DAYS is not set")
    log.info(
        "Dropped the bytes of %s pages' contents (%.1f MB) and %s empty months; %s old ones are needed still; "
        "forgot %s notes of pages that left the quarantine and %s readings that nobody approved",
        dropped.contents, dropped.bytes / MEGABYTE, dropped.months, dropped.kept, dropped.settled, dropped.proofs,
    )  # fmt: skip
    return asdict(dropped)


def replay(context: Context) -> dict[str, Any]:
    """Read what is in quarantine once more, where today's rules have not; its counts, with those of its run, if any."""
    from copydesk.pipeline.db import connect
    from copydesk.pipeline.db.schema import prepare
    from copydesk.pipeline.runs.quarantine_replay import replay as read_again
    from copydesk.pipeline.store.runs import read_run

    settings = open_settings()
    prepare(settings)
    # A name of its own, because a run of newswire may bear the same.
    run_id = f"replay__{context['run_id']}"
    done = read_again(settings, run_id, read_wires(settings).sources, told=log.info)
    log.info("%s pages read again: %s recovered, %s refused, %s held still", *asdict(done).values())
    summary = {}
    if done.pages:
        with connect(settings) as connection:
            summary = dict(read_run(connection, run_id).summary)
        tell(context, settings, summary["warnings"])
    return {**summary, **asdict(done)}


def refresh_statistics() -> int:
    """Have PostgreSQL's planner know the tables as they are; how many."""
    from copydesk.pipeline.maintenance import retention

    return retention.refresh_statistics(open_settings())


def measure_tables() -> dict[str, int]:
    """Keep and tell how large the tables are; bytes by table."""
    from copydesk.dags.telemetry.metrics import send_sizes
    from copydesk.pipeline.maintenance import retention

    settings = open_settings()
    sizes = retention.measure_tables(settings, datetime.now(UTC).date())
    log.info("::group::Tables")
    for one in sizes:
        grown = "" if one.growth is None else f"  {one.growth / MEGABYTE:+.1f} MB since the last look"
        log.info("%-20s %10.1f MB  %s entries%s", one.table, one.bytes / MEGABYTE, one.entries, grown)
    log.info("::endgroup::")
    room, database = retention.measure_room(settings), retention.measure_database(settings)
    send_sizes(sizes, database, room)
    told = "" if room is None else f"; {room / MEGABYTE:.0f} MB are left on its disk"
    log.info("The database has %.1f MB%s", database / MEGABYTE, told)
    return {one.table: one.bytes for one in sizes}
