"""Profiles and their generations as they are stored; ``generations.swap`` describes the states of a generation."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.profile_parameters import list_differences, parse_stored_profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile's row: its id, its parameters as they were stored, and the state of its generation."""

    profile_id: str
    params: dict[str, Any]
    state: str


@dataclass(frozen=True, slots=True)
class Generation:
    """A profile and the size of its generation.

    Attributes:
        profile_id: The profile's id.
        state: A ``GenerationState``.
        params: The profile's parameters.
        articles: Signed articles.
        stories: Stories that are not merged.
        pending_articles: Articles that are signed, but not yet matched and folded.
        size_bytes: The generation's share of the tables by the number of articles.
        created_at: When the profile was saved.
        live_since: When the generation last became live.
    """

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
        """The parameters that differ from this version's default, each as ``name=value``."""
        return list_differences(self.params, asdict(Profile()))


def lock_live_profile(connection: Connection[Row]) -> Profile:
    """Return the live profile, and keep it live until the caller's transaction ends; the first one is the default.

    Raises:
        BadProfile: This version can't use it.
    """
    # Imported here: numpy takes long to import, and most callers do not need it.
    from copydesk.pipeline.store.sketches import ensure_profile

    connection.execute(queries.generation.lock_live_shared)
    if not has_live_profile(connection):
        ensure_profile(connection, Profile())
    return read_live_profile(connection)


def read_live_profile(connection: Connection[Row]) -> Profile:
    """Return the profile that is live now; the default if nothing was ever signed.

    Raises:
        BadProfile: This version can't use it.
    """
    live = _find_live(connection)
    return parse_stored_profile(live.profile_id, live.params) if live else Profile()


def has_live_profile(connection: Connection[Row]) -> bool:
    """Return whether anything was ever signed, so that a profile is live."""
    return _find_live(connection) is not None


def get_live_profile_id(connection: Connection[Row]) -> str:
    """Return the id of the live profile; that of the default if nothing was ever signed."""
    live = _find_live(connection)
    return live.profile_id if live else Profile().profile_id


def describe_outdated_profile(connection: Connection[Row]) -> str:
    """Return how the live profile differs from this version's default, and how to swap to it; empty if it does not."""
    live = _find_live(connection)
    default = Profile()
    if live is None or live.profile_id == default.profile_id:
        return ""
    changed = " ".join(list_differences(asdict(default), live.params))
    return (
        f"The live profile {live.profile_id} is not this version's default {default.profile_id} ({changed}): "
        f"`copydesk profiles build` builds the default, `copydesk profiles compare {default.profile_id}` shows what "
        f"would change, `copydesk profiles swap {default.profile_id}` makes it live."
    )


def list_generations(connection: Connection[Row]) -> list[Generation]:
    """Return all generations, the live one first, then in the order in which they were created."""
    return fetch_all(connection, Generation, queries.generation.list_generations)


def find_generation(connection: Connection[Row], id_prefix: str) -> StoredProfile:
    """Return the generation with this id, or the only one with an id that starts with it.

    Raises:
        NotFound: There is none.
        BadInput: There are several.
    """
    remedy = "`copydesk profiles list` lists them."
    if not re.fullmatch(r"[0-9a-f]{1,64}", id_prefix):
        raise NotFound(f"{id_prefix!r} is not a profile ID.", remedy)
    rows = fetch_all(connection, StoredProfile, queries.generation.find_by_prefix, {"prefix": id_prefix + "%"})
    if not rows:
        raise NotFound(f"No profile with ID {id_prefix!r}.", remedy)
    if len(rows) > 1:
        raise BadInput(
            f"{len(rows)} profiles have an ID that starts with {id_prefix!r}.", "Use more characters of the ID."
        )
    return rows[0]


def _find_live(connection: Connection[Row]) -> StoredProfile | None:
    return fetch_one(connection, StoredProfile, queries.generation.get_live)
