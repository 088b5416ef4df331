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

WINDOW = timedelta(days=28)
"""How far back a wire's articles are looked at: four of every weekday."""

MOST = 5000
"""Articles of a wire that are looked at, the newest ones."""

CANDIDATES = 30
"""Recurring paragraphs that are shown though something speaks against them."""

APPLIED = frozenset({"learned", "allowed"})
DECIDED = frozenset({"vetoed", "allowed"})


@dataclass(frozen=True, slots=True)
class Line(Evidence):
    """One paragraph of a wire with its evidence; ``state`` is candidate, learned, or a person's vetoed or allowed."""

    state: str

    @property
    def applied(self) -> bool:
        """Whether the cleaner cuts it."""
        return self.state in APPLIED

    def to_dict(self) -> dict[str, Any]:
        table = asdict(self)
        return {"id": table.pop("key"), **table, "share": round(self.share, 4)}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What learning brought: the paragraphs that are cut from now on, and those that no longer are."""

    wire: str
    articles: int
    learned: tuple[Line, ...]
    lost: tuple[Line, ...]
    applied: int


def learn_wire(connection: Connection[Row], wire: str, until: datetime, *, dry_run: bool = False) -> Lesson:
    """Learn one wire's boilerplate from its articles published in the ``WINDOW`` before ``until``.

    The result depends on these articles and on what a person decided, on nothing else; again changes nothing.
    """
    queries = load_queries("boilerplate")
    connection.execute(queries["lock"], (wire,))
    seen = list_seen(connection, wire, until)
    found = learn(seen)
    before = {line.key: line for line in list_lines(connection, wire)}
    # A person's word stays, even on what is no longer seen.
    after = {key: line for key, line in before.items() if line.state in DECIDED}
    shown = {one.key for one in [one for one in found if one.doubt][:CANDIDATES]}
    for one in found:
        if one.key in after:
            after[one.key] = Line(**asdict(one), state=after[one.key].state)
        elif not one.doubt or one.key in shown:
            after[one.key] = Line(**asdict(one), state="candidate" if one.doubt else "learned")
    if not dry_run:
        for line in sorted(after.values(), key=lambda line: line.key):
            connection.execute(queries["put"], {"wire": wire, **asdict(line)})
        connection.execute(queries["forget"], {"wire": wire, "keys": list(after)})
    return Lesson(
        wire,
        len(seen),
        tuple(line for key, line in after.items() if line.applied and not (key in before and before[key].applied)),
        tuple(line for key, line in before.items() if line.applied and not (key in after and after[key].applied)),
        sum(line.applied for line in after.values()),
    )


def list_seen(connection: Connection[Row], wire: str, until: datetime) -> list[Seen]:
    """The articles that are looked at."""
    rows = connection.execute(
        load_queries("boilerplate")["list_seen"],
        {"wire": wire, "since": until - WINDOW, "until": until, "most": MOST},
    )
    return [Seen(title, at, tuple(body.split("\n\n")), tuple(cut), language) for title, at, body, cut, language in rows]


def list_lines(connection: Connection[Row], wire: str) -> list[Line]:
    """All that is known of one wire: what is cut, what was vetoed, then what something speaks against."""
    with connection.cursor(row_factory=class_row(Line)) as cursor:
        return cursor.execute(load_queries("boilerplate")["list_lines"], (wire,)).fetchall()


def decide(connection: Connection[Row], wire: str, key: str, state: str) -> Line:
    """Put a person's word (``vetoed`` or ``allowed``) on the paragraph whose id begins with ``key``.

    Raises:
        NotFound: no paragraph, or more than one, of this wire has such an id.
    """
    connection.execute(load_queries("boilerplate")["lock"], (wire,))
    fitting = [line for line in list_lines(connection, wire) if key and line.key.startswith(key)]
    if len(fitting) != 1:
        how = "More than one paragraph" if fitting else "No paragraph"
        raise NotFound(f"{how} of {wire} has the id {key!r}.", f"`copydesk wires boilerplate {wire}` lists them.")
    connection.execute(load_queries("boilerplate")["decide"], {"wire": wire, "key": fitting[0].key, "state": state})
    return next(line for line in list_lines(connection, wire) if line.key == fitting[0].key)


def freeze_set(connection: Connection[Row], run_id: str, wire: str) -> frozenset[str]:
    """The keys that a run cleans a wire's pages with: those in force when it first asks, until it is planned anew."""
    queries = load_queries("boilerplate")
    key = {"run_id": run_id, "wire": wire}
    frozen = connection.execute(queries["list_frozen"], key).fetchone()
    if frozen is None:
        keys = frozenset(row[0] for row in connection.execute(queries["list_applied"], (wire,)))
        connection.execute(queries["put_set"], {"set_id": make_set_id(keys), "keys": sorted(keys)})
        connection.execute(queries["freeze"], {**key, "set_id": make_set_id(keys)})
        # Another worker of the same run may have been first.
        frozen = connection.execute(queries["list_frozen"], key).fetchone() or (keys,)
    return frozenset(frozen[0])


def freeze_sets(connection: Connection[Row], run_id: str, wires: Iterable[str]) -> None:
    """Freeze the sets of a run that is being planned, in place of those of an earlier plan."""
    connection.execute(load_queries("boilerplate")["thaw"], (run_id,))
    for wire in sorted(wires):
        freeze_set(connection, run_id, wire)
