"""Generations: sketches, edges and stories of unlike profiles, side by side; one is live and shown.

    building --swap--> live --swap of another--> former --swap--> live
        \\__________________ retire ________________/   (rows dropped; a new build begins from nothing)

A generation is built beside the live one (``generations.build``). New articles go to the live one alone, and the
build catches up: so a profile that fails can't stop the schedule, and the swap, which refuses while anything is
missing, is what makes nothing be missing after it.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.profile_parameters import list_differences, parse_stored_profile
from copydesk.pipeline.db import Row, load_queries


@dataclass(frozen=True, slots=True)
class Generation:
    """A profile and what is there of it. ``pending_articles``: articles signed, but not yet matched and folded. ``size_bytes`` is
    its share of the tables by the number of articles."""

    profile_id: str
    state: str
    params: dict[str, Any]
    articles: int
    stories: int
    pending_articles: int
    size_bytes: int
    created_at: datetime
    live_since: datetime | None

    @property
    def differences(self) -> list[str]:
        """What differs from this version's default, each as ``name=value``."""
        return list_differences(self.params, asdict(Profile()))


def lock_live_profile(connection: Connection[Row]) -> Profile:
    """The live profile, which stays so until the caller's transaction ends; the first of all is the default.

    Raises:
        BadProfile: this version can't work with it.
    """
    from copydesk.pipeline.store.sketches import (
        ensure_profile,  # here, for numpy takes its time and most callers need none
    )

    queries = load_queries("generation")
    connection.execute(queries["lock_live_shared"])
    if connection.execute(queries["get_live"]).fetchone() is None:
        ensure_profile(connection, Profile())
    return read_live_profile(connection)


def read_live_profile(connection: Connection[Row]) -> Profile:
    """The live profile as it is at this moment; the default where nothing was ever signed.

    Raises:
        BadProfile: this version can't work with it.
    """
    row = connection.execute(load_queries("generation")["get_live"]).fetchone()
    return parse_stored_profile(*row) if row else Profile()


def get_live_profile_id(connection: Connection[Row]) -> str:
    """The id of the live profile, to read its stories by; the default's where nothing was ever signed."""
    row = connection.execute(load_queries("generation")["get_live"]).fetchone()
    return row[0] if row else Profile().profile_id


def describe_outdated_profile(connection: Connection[Row]) -> str:
    """One sentence where this version's default is not the live profile: what differs, and how to get it; or empty."""
    row = connection.execute(load_queries("generation")["get_live"]).fetchone()
    default = Profile()
    if row is None or row[0] == default.profile_id:
        return ""
    changed = " ".join(list_differences(asdict(default), row[1]))
    return (
        f"The live profile {row[0]} is not this version's default {default.profile_id} ({changed}): `copydesk profiles "
        f"build` makes that beside it, `copydesk profiles compare {default.profile_id}` shows what would change, "
        f"`copydesk profiles swap {default.profile_id}` takes it."
    )


def list_generations(connection: Connection[Row]) -> list[Generation]:
    """All generations, the live one first, then in the order in which they were begun."""
    with connection.cursor(row_factory=class_row(Generation)) as cursor:
        return cursor.execute(load_queries("generation")["list_generations"]).fetchall()


def find_generation(connection: Connection[Row], id_prefix: str) -> tuple[str, dict[str, Any], str]:
    """Id, parameters and state of the generation whose id this is, or unambiguously begins so.

    Raises:
        NotFound: there is none.
        BadInput: several begin so.
    """
    remedy = "`copydesk profiles list` names them."
    if not re.fullmatch(r"[0-9a-f]{1,64}", id_prefix):
        raise NotFound(f"{id_prefix!r} is no profile's id.", remedy)
    rows = connection.execute(load_queries("generation")["find_by_prefix"], {"prefix": id_prefix + "%"}).fetchall()
    if not rows:
        raise NotFound(f"No profile has the id {id_prefix!r}.", remedy)
    if len(rows) > 1:
        raise BadInput(f"{len(rows)} profiles have an id that begins with {id_prefix!r}.", "Give more of it.")
    profile_id, params, state = rows[0]
    return profile_id, params, state
