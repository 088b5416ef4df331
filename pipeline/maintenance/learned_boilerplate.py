"""The learned boilerplate of each wire: learn it, review it, and freeze the set that a run uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.clean.known_boilerplate import make_set_id
from copydesk.pipeline.clean.recurrence import ArticleSample, RecurrenceEvidence, find_recurring_paragraphs
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values, find_value, to_columns
from copydesk.pipeline.store.states import BoilerplateState

LEARNING_WINDOW = timedelta(days=28)
"""How old the articles are that boilerplate is learned from: four of every weekday."""

MAX_ARTICLES = 5000
"""Articles per wire that boilerplate is learned from, the newest ones."""

MAX_SHOWN_CANDIDATES = 30
"""Recurring paragraphs with an objection that are shown."""

APPLIED_STATES = frozenset({BoilerplateState.LEARNED, BoilerplateState.ALLOWED})
REVIEWED_STATES = frozenset({BoilerplateState.VETOED, BoilerplateState.ALLOWED})


@dataclass(frozen=True, slots=True)
class BoilerplateParagraph(RecurrenceEvidence):
    """One paragraph of a wire with its evidence; ``state`` is a ``BoilerplateState``."""

    state: str

    @property
    def is_applied(self) -> bool:
        """Whether the cleaner cuts the paragraph."""
        return self.state in APPLIED_STATES

    def to_dict(self) -> dict[str, Any]:
        """Return the paragraph for JSON output."""
        table = asdict(self)
        return {"id": table.pop("key"), **table, "share": round(self.share, 4)}


@dataclass(frozen=True, slots=True)
class LearningResult:
    """The paragraphs that are cut from now on, and those that are no longer cut."""

    wire: str
    article_count: int
    learned: tuple[BoilerplateParagraph, ...]
    unlearned: tuple[BoilerplateParagraph, ...]
    applied_count: int


@dataclass(frozen=True, slots=True)
class _Sample:
    title: str
    published_at: datetime
    body: str
    cut: Sequence[str]
    language: str


def learn_boilerplate(
    connection: Connection[Row], wire: str, until: datetime, *, dry_run: bool = False
) -> LearningResult:
    """Learn one wire's boilerplate from its articles published in the ``LEARNING_WINDOW`` before ``until``.

    The result depends only on these articles and on people's decisions; learning again changes nothing.
    """
    connection.execute(queries.boilerplate.lock, (wire,))
    samples = list_samples(connection, wire, until)
    recurring = find_recurring_paragraphs(samples)
    before = {line.key: line for line in list_boilerplate(connection, wire)}
    # A person's decision stays, even if the paragraph no longer recurs.
    after = {key: line for key, line in before.items() if line.state in REVIEWED_STATES}
    shown = {item.key for item in [item for item in recurring if item.objection][:MAX_SHOWN_CANDIDATES]}
    for item in recurring:
        if item.key in after:
            after[item.key] = BoilerplateParagraph(**asdict(item), state=after[item.key].state)
        elif not item.objection or item.key in shown:
            state = BoilerplateState.CANDIDATE if item.objection else BoilerplateState.LEARNED
            after[item.key] = BoilerplateParagraph(**asdict(item), state=state)
    if not dry_run:
        if after:
            columns = to_columns([asdict(line) for line in after.values()])
            connection.execute(queries.boilerplate.save, {"wire": wire, **columns})
        connection.execute(queries.boilerplate.delete_unseen, {"wire": wire, "keys": list(after)})
    return LearningResult(
        wire,
        len(samples),
        tuple(
            line for key, line in after.items() if line.is_applied and not (key in before and before[key].is_applied)
        ),
        tuple(line for key, line in before.items() if line.is_applied and not (key in after and after[key].is_applied)),
        sum(line.is_applied for line in after.values()),
    )


def list_samples(connection: Connection[Row], wire: str, until: datetime) -> list[ArticleSample]:
    """Return the articles that boilerplate is learned from."""
    params = {"wire": wire, "since": until - LEARNING_WINDOW, "until": until, "limit": MAX_ARTICLES}
    return [
        ArticleSample(row.title, row.published_at, tuple(row.body.split("\n\n")), tuple(row.cut), row.language)
        for row in fetch_all(connection, _Sample, queries.boilerplate.list_samples, params)
    ]


def list_boilerplate(connection: Connection[Row], wire: str) -> list[BoilerplateParagraph]:
    """Return the paragraphs of one wire: those that are cut, those that were vetoed, then those with an objection."""
    return fetch_all(connection, BoilerplateParagraph, queries.boilerplate.list_boilerplate, (wire,))


def set_review_state(
    connection: Connection[Row], wire: str, key_prefix: str, state: BoilerplateState
) -> BoilerplateParagraph:
    """Save a person's decision, ``vetoed`` or ``allowed``, on the paragraph with an id that starts with ``key_prefix``.

    Raises:
        NotFound: No paragraph of this wire, or more than one, has such an id.
    """
    connection.execute(queries.boilerplate.lock, (wire,))
    matching = [line for line in list_boilerplate(connection, wire) if key_prefix and line.key.startswith(key_prefix)]
    if len(matching) != 1:
        how = "More than one paragraph" if matching else "No paragraph"
        raise NotFound(
            f"{how} of {wire} has the id {key_prefix!r}.", f"`copydesk wires boilerplate {wire}` lists them."
        )
    connection.execute(queries.boilerplate.set_review_state, {"wire": wire, "key": matching[0].key, "state": state})
    return next(line for line in list_boilerplate(connection, wire) if line.key == matching[0].key)


def snapshot_boilerplate(connection: Connection[Row], run_key: UUID, wire: str) -> frozenset[str]:
    """Return the keys that a run cleans a wire's pages with.

    The first call of a run freezes the current keys; planning the run again replaces them.
    """
    key = {"run_key": run_key, "wire": wire}
    frozen = find_value(connection, list, queries.boilerplate.get_snapshot, key)
    if frozen is None:
        keys = frozenset(fetch_values(connection, str, queries.boilerplate.list_applied, (wire,)))
        connection.execute(queries.boilerplate.save_set, {"set_id": make_set_id(keys), "keys": sorted(keys)})
        connection.execute(queries.boilerplate.save_snapshot, {**key, "set_id": make_set_id(keys)})
        # Another worker of the same run may have been first.
        frozen = find_value(connection, list, queries.boilerplate.get_snapshot, key)
    return keys if frozen is None else frozenset(frozen)


def snapshot_run_boilerplate(connection: Connection[Row], run_key: UUID, wires: Iterable[str]) -> None:
    """Freeze the sets of a run that is being planned; they replace those of an earlier plan."""
    connection.execute(queries.boilerplate.delete_snapshots, (run_key,))
    for wire in sorted(wires):
        snapshot_boilerplate(connection, run_key, wire)
