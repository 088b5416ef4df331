"""What tasks show of a generation before a person approves it."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from copydesk.pipeline.core.profile import Profile
    from copydesk.pipeline.core.settings import Settings

logger = logging.getLogger(__name__)


def request_generation_approval(settings: Settings, run_key: UUID, profile: Profile) -> dict[str, int]:
    """Compare a generation with the live one, and save what a person is asked to approve, with samples of the changes.

    Returns:
        The counts of changes.

    Raises:
        Permanent: The run has asked before with other counts, which Airflow's approval form would still show.
    """
    from copydesk.pipeline.db import read_transaction, transaction
    from copydesk.pipeline.generations.compare import compare_with_live
    from copydesk.pipeline.runs.change_samples import make_generation_samples
    from copydesk.pipeline.store.runs import close_run
    from copydesk.pipeline.store.staged_results import save_approval_request
    from copydesk.pipeline.store.states import RunState

    with read_transaction(settings) as connection:
        comparison = compare_with_live(connection, profile.profile_id)
    figures, samples = asdict(comparison.counts), make_generation_samples(comparison)
    with transaction(settings) as connection:
        save_approval_request(connection, run_key, {"figures": figures}, [one.to_dict() for one in samples])
        close_run(connection, run_key, RunState.AWAITING_APPROVAL, {"asked": figures})
    return figures


def log_progress(stage: str, done: int, total: int) -> None:
    """Log how much of a stage is done."""
    logger.info("%s: %s of %s", stage, done, total)
