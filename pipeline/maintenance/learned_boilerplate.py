"""What was learned of each wire, in the database: learning it, a person's word on it, and the set that a run uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from copydesk.pipeline.clean.known_boilerplate import make_set_id
from copydesk.pipeline.clean.recurrence import Evidence, Seen, learn
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import Row, load_queries

LEARNING_WINDOW = timedelta(days=28)
"""How far back a wire's articles are looked at: four of every weekday."""

MAX_ARTICLES = 5000
"""Articles of a wire that are looked at, the newest ones."""

MAX_SHOWN_CANDIDATES = 30
"""Recurring paragraphs that are shown though something speaks against them."""

APPLIED_STATES = frozenset({"learned", "allowed"})
REVIEWED_STATES = frozenset({"vetoed", "allowed"})


@dataclass(frozen=True, slots=True)
class BoilerplateParagraph(Evidence):
    """One paragraph of a wire with its evidence; ``state`` is candidate, learned, or a person's vetoed or allowed."""

    state: str

    @property
    def is_applied(self) -> bool:
        """Whether the cleaner cuts it."""
        return self.state in APPLIED_STATES

    def to_dict(self) -> dict[str, Any]:
        table = asdict(self)
        return {"id": table.pop("key"), **table, "share": round(self.share, 4)}


@dataclass(frozen=True, slots=True)
class LearningResult:
    """What learning brought: the paragraphs that are cut from now on, and those that no longer are."""

    wire: str
    article_count: int
    learned: tuple[BoilerplateParagraph, ...]
    unlearned: tuple[BoilerplateParagraph, ...]
    applied_count: int


def learn_boilerplate(
    connection: Connection[Row], wire: str, until: datetime, *, dry_run: bool = False
) -> LearningResult:
    """Learn one wire's boilerplate from its articles published in the ``WINDOW`` before ``until``.

    The result depends on these articles and on what a person decided, on nothing else; again changes nothing.
    """
    queries = load_queries("boilerplate")
    connection.execute(queries["lock"], (wire,))
    seen = list_samples(connection, wire, until)
    found = learn(seen)
    before = {line.key: line for line in list_boilerplate(connection, wire)}
    # A person's word stays, even on what is no longer seen.
    after = {key: line for key, line in before.items() if line.state in REVIEWED_STATES}
    shown = {one.key for one in [one for one in found if one.doubt][:MAX_SHOWN_CANDIDATES]}
    for one in found:
        if one.key in after:
            after[one.key] = BoilerplateParagraph(**asdict(one), state=after[one.key].state)
        elif not one.doubt or one.key in shown:
            after[one.key] = BoilerplateParagraph(**asdict(one), state="candidate" if one.doubt else "learned")
    if not dry_run:
        for line in sorted(after.values(), key=lambda line: line.key):
            connection.execute(queries["save"], {"wire": wire, **asdict(line)})
        connection.execute(queries["delete_unseen"], {"wire": wire, "keys": list(after)})
    return LearningResult(
        wire,
        len(seen),
        tuple(
            line for key, line in after.items() if line.is_applied and not (key in before and before[key].is_applied)
        ),
        tuple(line for key, line in before.items() if line.is_applied and not (key in after and after[key].is_applied)),
        sum(line.is_applied for line in after.values()),
    )


def list_samples(connection: Connection[Row], wire: str, until: datetime) -> list[Seen]:
    """The articles that are looked at."""
    rows = connection.execute(
        load_queries("boilerplate")["list_samples"],
        {"wire": wire, "since": until - LEARNING_WINDOW, "until": until, "limit": MAX_ARTICLES},
    )
    return [Seen(title, at, tuple(body.split("\n\n")), tuple(cut), language) for title, at, body, cut, language in rows]


def list_boilerplate(connection: Connection[Row], wire: str) -> list[BoilerplateParagraph]:
    """All that is known of one wire: what is cut, what was vetoed, then what something speaks against."""
    with connection.cursor(row_factory=class_row(BoilerplateParagraph)) as cursor:
        return cursor.execute(load_queries("boilerplate")["list_boilerplate"], (wire,)).fetchall()


def set_review_state(connection: Connection[Row], wire: str, key_prefix: str, state: str) -> BoilerplateParagraph:
    """Put a person's word (``vetoed`` or ``allowed``) on the paragraph whose id begins with ``key``.

    Raises:
        NotFound: no paragraph, or more than one, of this wire has such an id.
    """
    connection.execute(load_queries("boilerplate")["lock"], (wire,))
    fitting = [line for line in list_boilerplate(connection, wire) if key_prefix and line.key.startswith(key_prefix)]
    if len(fitting) != 1:
        how = "More than one paragraph" if fitting else "No paragraph"
        raise NotFound(
            f"{how} of {wire} has the id {key_prefix!r}.", f"`copydesk wires boilerplate {wire}` lists them."
        )
    connection.execute(
        load_queries("boilerplate")["set_review_state"], {"wire": wire, "key": fitting[0].key, "state": state}
    )
    return next(line for line in list_boilerplate(connection, wire) if line.key == fitting[0].key)


def snapshot_boilerplate(connection: Connection[Row], run_id: str, wire: str) -> frozenset[str]:
    """The keys that a run cleans a wire's pages with: those in force when it first asks, until it is planned anew."""
    queries = load_queries("boilerplate")
    key = {"run_id": run_id, "wire": wire}
    frozen = connection.execute(queries["get_snapshot"], key).fetchone()
    if frozen is None:
        keys = frozenset(row[0] for row in connection.execute(queries["list_applied"], (wire,)))
        connection.execute(queries["save_set"], {"set_id": make_set_id(keys), "keys": sorted(keys)})
        connection.execute(queries["save_snapshot"], {**key, "set_id": make_set_id(keys)})
        # Another worker of the same run may have been first.
        frozen = connection.execute(queries["get_snapshot"], key).fetchone() or (keys,)
    return frozenset(frozen[0])


def snapshot_run_boilerplate(connection: Connection[Row], run_id: str, wires: Iterable[str]) -> None:
    """Freeze the sets of a run that is being planned, in place of those of an earlier plan."""
    connection.execute(load_queries("boilerplate")["delete_snapshots"], (run_id,))
    for wire in sorted(wires):
        snapshot_boilerplate(connection, run_id, wire)
