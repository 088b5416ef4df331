"""Generations: sketches, edges and stories of unlike profiles, side by side; one is live and shown.

    building --swap--> live --swap of another--> superseded --swap--> live
        \\__________________ retire ________________/   (rows dropped; a new build begins from nothing)

A generation is built beside the live one (``generations.build``). New articles go to the live one alone, and the
build catches up: so a profile that fails can't stop the schedule, and the swap, which refuses while anything is
missing, is what makes nothing be missing after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from psycopg import Connection, sql

from copydesk.pipeline.core.errors import BadInput, GenerationBusy, GenerationNotReady
from copydesk.pipeline.core.profile_parameters import parse_stored_profile
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, load_queries, transaction
from copydesk.pipeline.store.profiles import find_generation, get_live_profile_id

RETIRE_BATCH_SIZE = 5_000
"""Rows dropped in one transaction."""

ProgressCallback = Callable[[str, int, int], None]
"""Called with the stage's name, how much of it is done and how much there is."""


@dataclass(frozen=True, slots=True)
class SwapResult:
    """``redirects``: ids of stories that ended with the swap, now or earlier, and lead to where their copies are."""

    previous_live: str
    new_live: str
    redirects: int


def list_violations(connection: Connection[Row], profile_id: str) -> list[str]:
    """What the invariants find wrong with one generation; empty: nothing."""
    template = sql.SQL(load_queries("generation")["list_violations"])
    faults = []
    for query in load_queries("invariants").values():
        found = template.format(query=sql.SQL(query), profile_id=sql.Literal(profile_id))
        faults += [f"{what} ({item})" for what, item in connection.execute(found)]
    return faults


def count_missing_articles(connection: Connection[Row], profile_id: str) -> int:
    """How many articles the generation has not signed as they are now, or not yet matched and folded."""
    asked = {"profile_id": profile_id}
    behind = connection.execute(load_queries("generation")["count_outdated"], asked).fetchone()
    unsettled = connection.execute(load_queries("unsettled")["count_pending"], asked).fetchone()
    return sum(row[0] for row in (behind, unsettled) if row)


def swap_generation(settings: Settings, id_prefix: str) -> SwapResult:
    """Make another generation the live one, in one transaction: every reader sees all old or all new.

    Runs that sign, match or fold are waited for, and those that come wait for the swap. What they do before is part
    of what is checked, and what they do after goes to the new generation, so nothing is missing afterwards.

    Raises:
        NotFound: there is no such generation.
        BadProfile: this version can't work with it.
        GenerationNotReady: it lacks articles, or an invariant does not hold.
        GenerationBusy: a run is between signing and folding.
    """
    queries = load_queries("generation")
    with transaction(settings) as connection:
        connection.execute(queries["lock_live_exclusive"])
        profile_id, params, state = find_generation(connection, id_prefix)
        live = get_live_profile_id(connection)
        if state == "live":
            raise BadInput(f"{profile_id} is live already.", "`copydesk profiles list` shows the others.")
        if state == "retired":
            raise GenerationNotReady(
                f"{profile_id} is retired.", f"Build it again: `copydesk profiles build {id_prefix}`."
            )
        parse_stored_profile(profile_id, params)
        _check_ready(connection, profile_id, live)
        carried = connection.execute(queries["redirect_old_ids"], {"old": live, "new": profile_id}).rowcount
        connection.execute(queries["demote"], {"profile_id": live})
        connection.execute(queries["promote"], {"profile_id": profile_id})
    return SwapResult(live, profile_id, carried)


def _check_ready(connection: Connection[Row], profile_id: str, live: str) -> None:
    missing = count_missing_articles(connection, profile_id)
    if missing:
        raise GenerationNotReady(
            f"{profile_id} lacks {missing} articles as they are now.",
            f"`copydesk profiles build {profile_id}` catches up; then swap again.",
        )
    waiting = connection.execute(load_queries("unsettled")["count_pending"], {"profile_id": live}).fetchone()
    if waiting and waiting[0]:
        raise GenerationBusy(
            f"{waiting[0]} articles are signed and not yet folded in the live generation: a run is at work.",
            f"Swap again when it has ended; if it failed, clear its task or run `copydesk profiles build {live}`.",
        )
    faults = list_violations(connection, profile_id)
    if faults:
        raise GenerationNotReady(
            f"{profile_id} can't be shown, an invariant does not hold: {'; '.join(faults[:5])}.",
            f"`copydesk profiles retire {profile_id}` and build it again.",
        )


def retire_generation(
    settings: Settings, id_prefix: str, progress: ProgressCallback | None = None, batch_size: int = RETIRE_BATCH_SIZE
) -> dict[str, int]:
    """Drop a generation's rows, in batches; the rows dropped of each table. Broken off, the same call goes on.

    Its parameters and when it was live are kept. It is out of use from the first moment on.

    Raises:
        NotFound: there is no such generation.
        BadInput: it is the live one.
    """
    with transaction(settings) as connection:
        # Which one is live must not change under us.
        connection.execute(load_queries("generation")["lock_live_shared"])
        profile_id, _, state = find_generation(connection, id_prefix)
        if state == "live":
            raise BadInput(f"{profile_id} is live.", "Swap to another generation first: `copydesk profiles swap`.")
        connection.execute(load_queries("generation")["retire"], {"profile_id": profile_id})
    dropped: dict[str, int] = {}
    queries = load_queries("retirement")
    for at, (table, query) in enumerate(queries.items()):
        dropped[table] = 0
        while True:
            with transaction(settings) as connection:
                rows = connection.execute(query, {"profile_id": profile_id, "limit": batch_size}).rowcount
            dropped[table] += rows
            if rows < batch_size:
                break
        if progress:
            progress("retire", at + 1, len(queries))
    return dropped
