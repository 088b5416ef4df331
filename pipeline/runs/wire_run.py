"""What a run knows about one of its wires: the source as the run reads it, and the version of its cleaning rules."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.db import Row, queries, transaction
from copydesk.pipeline.store.runs import read_run


@dataclass(frozen=True, slots=True)
class WireRun:
    """One wire in one run; made once, then passed to all functions that process its pages.

    Attributes:
        run_key: The key of the run.
        source: The wire's source, with the learned boilerplate of the run's snapshot.
        cleaner: The version of the cleaning rules; see ``compute_cleaner_version``.
    """

    run_key: UUID
    source: Source
    cleaner: str

    @property
    def wire(self) -> str:
        """The name of the wire."""
        return self.source.name


def open_wire_run(settings: Settings, run_key: UUID, strategy: str, source: Source) -> WireRun:
    """Add the pages that a run processes of a wire, in one transaction; calling it again changes nothing.

    Args:
        settings: The settings, for the database.
        run_key: The key of the run.
        strategy: How the run processes the wire; a ``WireStrategy``.
        source: The wire's source, without learned boilerplate.

    Returns:
        The wire as the run processes it.

    Raises:
        NotFound: There is no such run.
    """
    with transaction(settings) as connection:
        wire_run = make_wire_run(connection, run_key, source)
        add_run_pages(connection, wire_run, strategy)
    return wire_run


def make_wire_run(connection: Connection[Row], run_key: UUID, source: Source) -> WireRun:
    """Return the wire as the run processes it.

    The first call for a run saves a snapshot of the learned boilerplate. Later calls use it, so that what is learned
    or vetoed meanwhile affects only the next run.
    """
    from copydesk.pipeline.maintenance.learned_boilerplate import snapshot_boilerplate

    source = source.with_learned(snapshot_boilerplate(connection, run_key, source.name))
    return WireRun(run_key, source, compute_cleaner_version(source))


def add_run_pages(connection: Connection[Row], wire_run: WireRun, strategy: str) -> None:
    """Add the pages that the run processes of the wire, and save the wire's agency, host and owner.

    For a replay, only these are saved, because the caller has selected the pages.

    Raises:
        NotFound: There is no such run.
    """
    source = wire_run.source
    key = {"run_key": wire_run.run_key, "wire": source.name}
    run = read_run(connection, wire_run.run_key)
    if strategy == WireStrategy.STORED:
        span = {"start": run.window.start, "end": run.window.end}
        connection.execute(queries.run.add_stored_pages, {**key, **span})
    elif strategy != WireStrategy.REPLAY:
        connection.execute(queries.run.add_fetched_pages, key)
    host = source.host.lower().removeprefix("www.")
    state = {"wire": source.name, "agency": source.agency, "host": host, "owner": source.owner}
    connection.execute(queries.article.save_wire_state, state)


def compute_cleaner_version(source: Source) -> str:
    """Return the version of everything that the result of reading a wire's pages depends on.

    Pages are read again when it changes. It covers the code, the shared rules, the wire's own settings and its learned
    boilerplate. No two wires have the same version.

    Args:
        source: The wire's source, with learned boilerplate if there is any.
    """
    from copydesk.pipeline.clean.cut_rules import load_rules
    from copydesk.pipeline.clean.known_boilerplate import make_set_id
    from copydesk.pipeline.offline.read_page import PARSER_VERSION, hash_data_files

    wire_settings = json.dumps(
        source.model_dump(
            mode="json", include={"name", "title", "language", "timezone", "agency", "page", "boilerplate"}
        ),
        sort_keys=True,
    )
    learned = f"+{make_set_id(source.learned)}" if source.learned else ""
    wire_hash = hashlib.sha256(wire_settings.encode()).hexdigest()[:8]
    return f"rules-{load_rules().version}.{PARSER_VERSION}.{hash_data_files()}+{wire_hash}{learned}"
