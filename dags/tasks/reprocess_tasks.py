"""What the tasks of `reprocess` do: each resolves its settings, calls the pipeline, and returns counts, never text."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from copydesk.dags.alerts.notify import tell
from copydesk.dags.support.airflow_settings import open_settings, pick_wire, read_wires
from copydesk.dags.support.run_window import find_run_window, name_run

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.pipeline.core.profile import Profile

RULES = "rules"
"""The key under which `preview` hands on by which rules it has read."""

log = logging.getLogger(__name__)


def plan_again(context: Context) -> list[str]:
    """Open the run; the wires to read again, none where the stage is ``fold``.

    Raises:
        BadInput: the range is missing, or no page of the wires lies in it, or the profile is live already.
    """
    from copydesk.pipeline.core.errors import BadInput
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.db.schema import prepare
    from copydesk.pipeline.runs.planning import Mode, plan_run
    from copydesk.pipeline.store.profiles import find_live

    settings, params, dag_run = open_settings(), context["params"], context["dag_run"]
    prepare(settings)
    if params["stage"] == "fold":
        if params["since"] or params["until"] or params["wires"]:
            raise BadInput("Stage fold takes all articles.", "Leave since, until and wires to the stage clean.")
        profile = _read_profile(params)
        with transaction(settings) as connection:
            if find_live(connection) == profile.profile_id:
                raise BadInput(f"The profile {profile.profile_id} is live already.", "Change a parameter in `profile`.")
        return []
    if not (params["since"] and params["until"]):
        raise BadInput("No range is given.", "Trigger it with since and until, as 2026-03-01T05:00Z.")
    survey = read_wires(settings)
    for wire in params["wires"]:
        if wire in survey.broken:
            raise survey.broken[wire]
    with transaction(settings) as connection:
        planned = plan_run(
            connection,
            survey.sources,
            run_id=name_run(context),
            dag_id=dag_run.dag_id,
            kind="manual",
            window=find_run_window(context),
            mode=Mode.STORED,
            wires=params["wires"],
        )
    for wire, why in planned.skipped.items():
        log.info("%s is skipped: %s", wire, why)
    if not planned.wires:
        raise BadInput("No stored page lies in the range.", "Take another range, or other wires.")
    return [one.wire for one in planned.wires]


def preview(context: Context) -> dict[str, int]:
    """Find out what would change, and show samples in the log.

    Raises:
        Permanent: it was found out before, and is another thing now; Airflow would ask about what it was.
    """
    from copydesk.pipeline.db import connect, transaction
    from copydesk.pipeline.generations.build import build
    from copydesk.pipeline.generations.compare import compare
    from copydesk.pipeline.runs.reprocess import name_rules, preview_run
    from copydesk.pipeline.store.runs import ASKED, close_run
    from copydesk.pipeline.store.staged_results import put_question

    settings, params, run_id = open_settings(), context["params"], name_run(context)
    if params["stage"] == "clean":
        sources = _pick_sources(context)
        rules = name_rules(settings, run_id, sources)
        found = preview_run(settings, run_id, sources, log.info).to_dict()
        with transaction(settings) as connection:
            put_question(connection, run_id, {"figures": found, RULES: rules})
            close_run(connection, run_id, ASKED, {"asked": found})
        context["ti"].xcom_push(key=RULES, value=rules)
        return found
    profile = _read_profile(params)
    build(settings, profile, _tell)
    with connect(settings) as connection:
        told = compare(connection, profile.profile_id)
    log.info("::group::Samples")
    for kind, samples in (("merged", told.merged), ("split", told.split)):
        for one in samples:
            log.info("%s: %s: %s", kind, one.title, " | ".join(one.titles))
    for move in told.moved:
        log.info("moved: %s: from %s to %s", move.title, move.before, move.after)
    log.info("::endgroup::")
    figures = asdict(told.figures)
    with transaction(settings) as connection:
        put_question(connection, run_id, {"figures": figures})
    return figures


def apply(context: Context) -> dict[str, Any]:
    """Do what was approved; done before, it changes nothing. The counts of what was worked, as a run's summary has
    them, and of what changed."""
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.generations.build import build
    from copydesk.pipeline.generations.swap import swap
    from copydesk.pipeline.runs.reprocess import apply_run
    from copydesk.pipeline.runs.stages import report_run
    from copydesk.pipeline.store.profiles import find_live

    settings, params, run_id = open_settings(), context["params"], name_run(context)
    if params["stage"] == "clean":
        rules = context["ti"].xcom_pull(task_ids="preview", key=RULES) or {}
        counts = apply_run(settings, run_id, _pick_sources(context), rules)
        told = context["ti"].xcom_pull(task_ids="preview") or {}
        for name in sorted(counts.keys() & told.keys()):
            log.info("%s: %s, of which the preview told %s", name, counts[name], told[name])
        summary = report_run(settings, run_id)
        tell(context, settings, summary["warnings"])
        return {**counts, **summary}
    profile = _read_profile(params)
    told = context["ti"].xcom_pull(task_ids="preview") or {}
    counts = {"articles": told.get("articles", 0), "stories": told.get("stories_after", 0), "redirects": 0}
    with transaction(settings) as connection:
        if find_live(connection) == profile.profile_id:
            log.info("%s is live already", profile.profile_id)
            return counts
    build(settings, profile, _tell)
    done = swap(settings, profile.profile_id)
    log.info("%s is live; %s is kept until `copydesk profiles retire`", done.after, done.before)
    return {**counts, "redirects": done.redirects}


def _read_profile(params: Any) -> Profile:
    from copydesk.pipeline.core.profile_parameters import read_changes

    return read_changes(list(params["profile"]))


def _pick_sources(context: Context) -> list[Any]:
    settings = open_settings()
    return [pick_wire(settings, wire) for wire in context["ti"].xcom_pull(task_ids="plan") or []]


def _tell(stage: str, done: int, total: int) -> None:
    log.info("%s: %s of %s", stage, done, total)
