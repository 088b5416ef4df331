"""The operator that asks a person to approve changes: it shows samples with differences, and records the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator

from copydesk.dags.support.sample_markdown import format_samples

if TYPE_CHECKING:
    from airflow.sdk import Context

NOBODY = "nobody (no answer in time)"
"""Who has rejected changes that nobody has answered about."""


class RecordedApproval(ApprovalOperator):
    """Ask for approval with samples of the changes below the body, and save who has decided, and when.

    A rejection, or no answer in time, ends the run as rejected.
    """

    def execute(self, context: Context) -> Any:
        """Show the request and wait."""
        from copydesk.dags.support.airflow_settings import load_settings
        from copydesk.dags.support.run_window import get_run_key
        from copydesk.pipeline.db import read_transaction
        from copydesk.pipeline.store.staged_results import read_approval_samples

        with read_transaction(load_settings()) as connection:
            samples = read_approval_samples(connection, get_run_key(context))
        # After the templates are rendered: the samples are text of strangers.
        self.body = f"{self.body or ''}\n{format_samples(samples)}".rstrip() + "\n"
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Save the answer, and skip the tasks that follow a rejection."""
        if "error" not in event:
            # Before Airflow's own part: after a rejection, that ends in an exception which skips the next tasks.
            approved = self.APPROVE in event["chosen_options"]
            user: Mapping[str, Any] = event.get("responded_by_user") or {}
            at = event.get("responded_at") or datetime.now(UTC)
            self._save(context, str(user.get("name") or user.get("id") or NOBODY), at, approved=approved)
        return super().execute_complete(context, event)

    def _save(self, context: Context, by: str, at: datetime, *, approved: bool) -> None:
        from copydesk.dags.support.airflow_settings import load_settings
        from copydesk.dags.support.run_window import get_run_key
        from copydesk.pipeline.core.errors import CopydeskError
        from copydesk.pipeline.db import transaction
        from copydesk.pipeline.store.runs import save_decision

        try:
            with transaction(load_settings()) as connection:
                save_decision(connection, get_run_key(context), by, at, approved=approved)
        except CopydeskError as error:  # to fail would ask the person again
            self.log.warning("Failed to save the decision: %s", error)
