"""The task that asks a person to approve changes, with their counts as a table."""

from __future__ import annotations

import json
from datetime import timedelta

from copydesk.dags.support.change_labels import CHANGE_LABELS
from copydesk.dags.tasks.approval import RecordedApproval
from copydesk.pipeline.core import settings


def make_approval_task(*, subject: str, counted_by: str, effect: str, doc: str) -> RecordedApproval:
    """Return the task `approve` of the DAG that is being defined; no answer in time counts as a rejection.

    Args:
        subject: The question in the form, a Jinja template.
        counted_by: The ID of the task that returns the counts of the changes.
        effect: What *Approve* does, as a verb in the third person.
        doc: The description of the task.

    Raises:
        BadSettings: A setting is invalid.
    """
    return RecordedApproval(
        task_id="approve",
        subject=subject,
        body=_make_body(counted_by, effect),
        defaults=RecordedApproval.REJECT,
        response_timeout=timedelta(hours=settings.load_settings_without_database().approval_hours),
        execution_timeout=None,
        doc_md=doc,
    )


def _make_body(counted_by: str, effect: str) -> str:
    """Return the template of the form's text: the counts, in a fixed order."""
    return f"""
{{% set labels = {json.dumps(CHANGE_LABELS)} %}}
{{% set counts = ti.xcom_pull(task_ids='{counted_by}') %}}
| change | count |
|---|---:|
{{% for name, label in labels.items() if name in counts %}}| {{{{ label }}}} | {{{{ counts[name] }}}} |
{{% endfor %}}

*Approve* {effect}; *Reject* changes nothing.
"""
