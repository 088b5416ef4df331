"""What the tasks of `reprocess` do: each resolves its settings, calls the pipeline, and returns counts, never text."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from copydesk.dags.alerts.notify import log_and_notify
from copydesk.dags.support.airflow_settings import find_wire_source, load_settings, load_sources
from copydesk.dags.support.run_window import db_run_id, resolve_run_window

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.pipeline.core.profile import Profile

RULES_XCOM_KEY = "rules"
"""The key under which `preview` hands on by which rules it has read."""

logger = logging.getLogger(__name__)


def plan_reprocess(context: Context) -> list[str]:
    """Open the run; the wires to read again, none where the stage is ``fold``.

    Raises:
        BadInput: the range is missing, or no page of the wires lies in it, or the profile is live already.
    """
    from copydesk.pipeline.core.errors import BadInput
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.runs.planning import RunMode, plan_run
    from copydesk.pipeline.store.profiles import get_live_profile_id

    settings, params, dag_run = load_settings(), context["params"], context["dag_run"]
    ensure_schema(settings)
    if params["stage"] == "fold":
        if params["since"] or params["until"] or params["wires"]:
            raise BadInput("Stage fold takes all articles.", "Leave since, until and wires to the stage clean.")
        profile = _parse_profile(params)
        with transaction(settings) as connection:
            if get_live_profile_id(connection) == profile.profile_id:
                raise BadInput(f"The profile {profile.profile_id} is live already.", "Change a parameter in `profile`.")
        return []
    if not (params["since"] and params["until"]):
        raise BadInput("No range is given.", "Trigger it with since and until, as 2026-03-01T05:00Z.")
    survey = load_sources(settings)
    for wire in params["wires"]:
        if wire in survey.errors:
            raise survey.errors[wire]
    with transaction(settings) as connection:
        planned = plan_run(
            connection,
            survey.sources,
            run_id=db_run_id(context),
            dag_id=dag_run.dag_id,
            kind="manual",
            window=resolve_run_window(context),
            mode=RunMode.STORED,
            wires=params["wires"],
        )
    for wire, why in planned.skipped.items():
        logger.info("%s is skipped: %s", wire, why)
    if not planned.wires:
        raise BadInput("No stored page lies in the range.", "Take another range, or other wires.")
    return [one.wire for one in planned.wires]


def preview(context: Context) -> dict[str, int]:
    """Find out what would change, and show samples in the log.

    Raises:
        Permanent: it was found out before, and is another thing now; Airflow would ask about what it was.
    """
    from copydesk.pipeline.db import connect, transaction
    from copydesk.pipeline.generations.build import build_generation
    from copydesk.pipeline.generations.compare import compare_with_live
    from copydesk.pipeline.runs.reprocess import list_cleaner_versions, preview_run
    from copydesk.pipeline.store.runs import AWAITING_APPROVAL, close_run
    from copydesk.pipeline.store.staged_results import save_approval_request

    settings, params, run_id = load_settings(), context["params"], db_run_id(context)
    if params["stage"] == "clean":
        sources = _find_sources(context)
        rules = list_cleaner_versions(settings, run_id, sources)
        counts = preview_run(settings, run_id, sources, logger.info).to_dict()
        with transaction(settings) as connection:
            save_approval_request(connection, run_id, {"figures": counts, RULES_XCOM_KEY: rules})
            close_run(connection, run_id, AWAITING_APPROVAL, {"asked": counts})
        context["ti"].xcom_push(key=RULES_XCOM_KEY, value=rules)
        return counts
    profile = _parse_profile(params)
    build_generation(settings, profile, _log_progress)
    with connect(settings) as connection:
        comparison = compare_with_live(connection, profile.profile_id)
    logger.info("::group::Samples")
    for kind, samples in (("merged", comparison.merged), ("split", comparison.split)):
        for one in samples:
            logger.info("%s: %s: %s", kind, one.title, " | ".join(one.titles))
    for move in comparison.moved:
        logger.info("moved: %s: from %s to %s", move.title, move.before, move.after)
    logger.info("::endgroup::")
    figures = asdict(comparison.counts)
    with transaction(settings) as connection:
        save_approval_request(connection, run_id, {"figures": figures})
    return figures


def apply(context: Context) -> dict[str, Any]:
    """Do what was approved; done before, it changes nothing. The counts of what was worked, as a run's summary has
    them, and of what changed."""
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.generations.build import build_generation
    from copydesk.pipeline.generations.swap import swap_generation
    from copydesk.pipeline.runs.reprocess import apply_run
    from copydesk.pipeline.runs.stages import report_run
    from copydesk.pipeline.store.profiles import get_live_profile_id

    settings, params, run_id = load_settings(), context["params"], db_run_id(context)
    if params["stage"] == "clean":
        rules = context["ti"].xcom_pull(task_ids="preview", key=RULES_XCOM_KEY) or {}
        counts = apply_run(settings, run_id, _find_sources(context), rules)
        previewed = context["ti"].xcom_pull(task_ids="preview") or {}
        for name in sorted(counts.keys() & previewed.keys()):
            logger.info("%s: %s, of which the preview told %s", name, counts[name], previewed[name])
        summary = report_run(settings, run_id)
        log_and_notify(context, settings, summary["warnings"])
        return {**counts, **summary}
    profile = _parse_profile(params)
    previewed = context["ti"].xcom_pull(task_ids="preview") or {}
    counts = {"articles": previewed.get("articles", 0), "stories": previewed.get("stories_after", 0), "redirects": 0}
    with transaction(settings) as connection:
        if get_live_profile_id(connection) == profile.profile_id:
            logger.info("%s is live already", profile.profile_id)
            return counts
    build_generation(settings, profile, _log_progress)
    swapped = swap_generation(settings, profile.profile_id)
    logger.info("%s is live; %s is kept until `copydesk profiles retire`", swapped.new_live, swapped.previous_live)
    return {**counts, "redirects": swapped.redirects}


def _parse_profile(params: Any) -> Profile:
    from copydesk.pipeline.core.profile_parameters import parse_profile_changes

    return parse_profile_changes(list(params["profile"]))


def _find_sources(context: Context) -> list[Any]:
    settings = load_settings()
    return [find_wire_source(settings, wire) for wire in context["ti"].xcom_pull(task_ids="plan") or []]


def _log_progress(stage: str, done: int, total: int) -> None:
    logger.info("%s: %s of %s", stage, done, total)
