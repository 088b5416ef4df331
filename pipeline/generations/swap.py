"""Generations: the sketches, edges and stories of different profiles, side by side; one is live and shown.

    building --swap--> live --swap of another--> superseded --swap--> live
        \\__________________ retire ________________/   (rows deleted; a new build starts from nothing)

A generation is built alongside the live one (``generations.build``). New articles are added only to the live one, and
the build catches up, so that a profile that fails can't stop the schedule. A swap is refused while articles are missing
from the new generation.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import BadInput, GenerationBusy, GenerationNotReady
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.profile_parameters import parse_stored_profile
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, queries, transaction
from copydesk.pipeline.db.rows import fetch_value, fetch_values
from copydesk.pipeline.generations.invariants import find_violations_of
from copydesk.pipeline.store.profiles import find_generation, get_live_profile_id
from copydesk.pipeline.store.states import GenerationState

RETIRE_BATCH_SIZE = 5_000
"""Rows deleted in one transaction."""

CAUGHT_UP_ARTICLES = 1_000
"""Articles that a swap itself adds, at most; more are an error, so that it stays short."""

ProgressCallback = Callable[[str, int, int], None]
"""Called with the stage's name, how many items are done and how many there are."""


@dataclass(frozen=True, slots=True)
class SwapResult:
    """What a swap did.

    Attributes:
        previous_live: The profile that was live.
        new_live: The profile that is live now.
        redirects: Story ids that became redirects to the stories with their copies.
        locked_seconds: How long no other transaction could sign, match or fold, without waiting for those that did.
    """

    previous_live: str
    new_live: str
    redirects: int
    locked_seconds: float


def count_missing_articles(connection: Connection[Row], profile_id: str) -> int:
    """Return how many articles have no current sketch in the generation, or are not yet matched and folded."""
    outdated = fetch_value(connection, int, queries.generation.count_outdated, {"profile_id": profile_id})
    return outdated + _count_pending(connection, profile_id)


def swap_generation(settings: Settings, id_prefix: str) -> SwapResult:
    """Make another generation live, in one transaction: a reader sees either the old or the new one.

    Nobody can change the new generation from the beginning on. Its invariants are checked, and the redirects of old
    story ids written, while runs go on under the live one. Only then does the swap lock out runs: it waits for
    transactions that sign, match or fold, and later ones wait for it. Under that lock it checks
    again that no article is missing, which reads all articles and sketches once, and redirects what is new.

    Raises:
        NotFound: There is no such generation.
        BadInput: The generation is live, or the prefix is ambiguous.
        BadProfile: This version can't use it.
        GenerationNotReady: It is retired, or an invariant is violated.
        GenerationBusy: Articles are missing from it, also such as have come while the swap waited; or a run is between
            signing and folding.
    """
    with transaction(settings) as connection:
        profile_id = find_generation(connection, id_prefix).profile_id
        connection.execute(queries.generation.lock_exclusive, {"profile_id": profile_id})
        generation = find_generation(connection, profile_id)  # as it is now that it cannot change
        live = get_live_profile_id(connection)
        if generation.state == GenerationState.LIVE:
            raise BadInput(f"{profile_id} is already live.", "`copydesk profiles list` shows the others.")
        if generation.state == GenerationState.RETIRED:
            raise GenerationNotReady(
                f"{profile_id} is retired.", f"Build it again: `copydesk profiles build {id_prefix}`."
            )
        profile = parse_stored_profile(profile_id, generation.params)
        _check_complete(connection, profile_id, live)
        _check_invariants(connection, profile_id)
        redirects = _redirect_old_ids(connection, live, profile_id)
        _catch_up(connection, profile)
        connection.execute(queries.generation.lock_live_exclusive)
        locked = time.monotonic()
        if get_live_profile_id(connection) != live:
            raise GenerationBusy("Another generation went live meanwhile.", "Swap again.")
        _check_complete(connection, profile_id, live)
        redirects += _redirect_old_ids(connection, live, profile_id)
        connection.execute(queries.generation.demote, {"profile_id": live})
        connection.execute(queries.generation.promote, {"profile_id": profile_id})
    return SwapResult(live, profile_id, redirects, time.monotonic() - locked)


def _check_complete(connection: Connection[Row], profile_id: str, live: str) -> None:
    missing = count_missing_articles(connection, profile_id)
    if missing:
        raise GenerationBusy(  # transient: a task that swaps catches up first, at each attempt
            f"{profile_id} does not have all articles yet; missing or changed: {missing}.",
            f"Run `copydesk profiles build {profile_id}`, then swap again.",
        )
    waiting = _count_pending(connection, live)
    if waiting:
        raise GenerationBusy(
            f"Signed but not yet folded articles of the live generation: {waiting}. A run is in progress.",
            f"Swap again after the run. If it failed, clear its task or run `copydesk profiles build {live}`.",
        )


def _check_invariants(connection: Connection[Row], profile_id: str) -> None:
    violations = find_violations_of(connection, profile_id)
    if violations:
        raise GenerationNotReady(
            f"{profile_id} violates invariants: {'; '.join(map(str, violations[:5]))}.",
            f"Run `copydesk profiles retire {profile_id}` and build it again.",
        )


def _redirect_old_ids(connection: Connection[Row], live: str, profile_id: str) -> int:
    return connection.execute(queries.generation.redirect_old_ids, {"old": live, "new": profile_id}).rowcount


def _catch_up(connection: Connection[Row], profile: Profile) -> None:
    """Add the articles that have come or changed while the invariants were checked: usually none or a few."""
    from copydesk.pipeline.incremental.fold import fold_articles
    from copydesk.pipeline.incremental.match import match_articles
    from copydesk.pipeline.incremental.sign import sign_articles

    params = {"profile_id": profile.profile_id, "limit": CAUGHT_UP_ARTICLES}
    articles = fetch_values(connection, UUID, queries.generation.list_missing, params)
    if articles:
        for stage in (sign_articles, match_articles, fold_articles):
            stage(connection, articles, profile)


def retire_generation(
    settings: Settings, id_prefix: str, progress: ProgressCallback | None = None, batch_size: int = RETIRE_BATCH_SIZE
) -> dict[str, int]:
    """Delete a generation's rows, in batches. After an interruption the same call continues.

    The generation is retired before the first row is deleted. Its parameters, and when it was live, are kept.

    Returns:
        The number of deleted rows by table.

    Raises:
        NotFound: There is no such generation.
        BadInput: It is live, or the prefix is ambiguous.
    """
    with transaction(settings) as connection:
        # The live generation must not change meanwhile.
        connection.execute(queries.generation.lock_live_shared)
        generation = find_generation(connection, id_prefix)
        profile_id = generation.profile_id
        if generation.state == GenerationState.LIVE:
            raise BadInput(f"{profile_id} is live.", "Swap to another generation first: `copydesk profiles swap`.")
        connection.execute(queries.generation.retire, {"profile_id": profile_id})
    deleted: dict[str, int] = {}
    deletes = queries.retirement.list_all()
    for at, (table, query) in enumerate(deletes.items()):
        deleted[table] = 0
        while True:
            with transaction(settings) as connection:
                rows = connection.execute(query, {"profile_id": profile_id, "limit": batch_size}).rowcount
            deleted[table] += rows
            if rows < batch_size:
                break
        if progress:
            progress("retire", at + 1, len(deletes))
    return deleted


def _count_pending(connection: Connection[Row], profile_id: str) -> int:
    return fetch_value(connection, int, queries.pending_article.count_pending, {"profile_id": profile_id})
