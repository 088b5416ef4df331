"""The tasks of `reprocess`: each loads the settings, calls the pipeline and returns counts, never text."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from copydesk.dags.alerts.notify import log_and_notify
from copydesk.dags.support.airflow_settings import find_wire_source, load_settings, load_sources
from copydesk.dags.support.planning_error import saves_planning_error
from copydesk.dags.support.run_window import get_run_key, get_run_type, resolve_run_window
from copydesk.dags.tasks.generation_changes import log_progress, request_generation_approval

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.pipeline.core.profile import Profile

RULES_XCOM_KEY = "rules"
"""The XCom key under which `preview` passes the cleaner versions that it used."""

logger = logging.getLogger(__name__)


@saves_planning_error
def plan_reprocess(context: Context, selected: Collection[str] = ()) -> list[str]:
    """Check the parameters and open the run.

    Args:
        context: Airflow's context.
        selected: The wires of the DAG: names and selections; empty for all.

    Returns:
        The wires to process; empty at stage ``fold``.

    Raises:
        BadInput: The range is missing or contains no pages of the wires, or the profile is already live.
    """
    from copydesk.pipeline.core.errors import BadInput
    from copydesk.pipeline.core.strategy import RunMode
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.runs.planning import plan_run
    from copydesk.pipeline.runs.wire_selection import list_named, select_wires
    from copydesk.pipeline.store.profiles import get_live_profile_id
    from copydesk.pipeline.store.runs import open_run

    settings, params, dag_run = load_settings(), context["params"], context["dag_run"]
    ensure_schema(settings)
    if params["stage"] == "fold":
        if params["since"] or params["until"] or params["wires"]:
            raise BadInput(
                "since, until and wires cannot be used at stage fold, which processes all articles.",
                "Leave them empty, or use stage clean.",
            )
        profile = _parse_profile(params)
        with transaction(settings) as connection:
            if get_live_profile_id(connection) == profile.profile_id:
                raise BadInput(f"The profile {profile.profile_id} is already live.", "Change a parameter in `profile`.")
            open_run(
                connection, dag_run.dag_id, dag_run.run_id, kind=get_run_type(dag_run), mode=RunMode.STORED,
                window=None, wires=[],
            )  # fmt: skip
        return []
    if not (params["since"] and params["until"]):
        raise BadInput("No range was set.", "Set since and until, for example 2026-03-01T05:00Z.")
    wires = params["wires"] or []
    loaded = load_sources(settings, [*list_named(selected), *wires])
    loaded = select_wires(loaded, selected, wires)
    for wire in wires:
        if wire in loaded.errors:
            raise loaded.errors[wire]
    with transaction(settings) as connection:
        planned = plan_run(
            connection,
            loaded.sources,
            dag_id=dag_run.dag_id,
            run_id=dag_run.run_id,
            kind=get_run_type(dag_run),
            window=resolve_run_window(context),
            mode=RunMode.STORED,
            wires=wires,
        )
    for wire, reason in planned.skipped.items():
        logger.info("%s: skipped: %s", wire, reason)
    if not planned.wires:
        raise BadInput("No stored pages in the range.", "Choose another range or other wires.")
    return [plan.wire for plan in planned.wires]


def preview(context: Context) -> dict[str, int]:
    """Compute what would change, and save the counts and samples for the approval.

    Returns:
        The counts of changes, for the approval.

    Raises:
        Permanent: The task ran before with other counts, which Airflow's approval form would still show.
    """
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.generations.build import build_generation
    from copydesk.pipeline.runs.reprocess import preview_run
    from copydesk.pipeline.store.runs import close_run
    from copydesk.pipeline.store.staged_results import save_approval_request
    from copydesk.pipeline.store.states import RunState

    settings, params, run_key = load_settings(), context["params"], get_run_key(context)
    if params["stage"] == "clean":
        sources = _find_sources(context)
        previewed = preview_run(settings, run_key, sources, logger.info)
        counts, rules = previewed.counts.to_dict(), dict(previewed.cleaner_versions)
        with transaction(settings) as connection:
            details = {"figures": counts, RULES_XCOM_KEY: rules}
            save_approval_request(connection, run_key, details, [one.to_dict() for one in previewed.samples])
            close_run(connection, run_key, RunState.AWAITING_APPROVAL, {"asked": counts})
        context["ti"].xcom_push(key=RULES_XCOM_KEY, value=rules)
        return counts
    profile = _parse_profile(params)
    build_generation(settings, profile, log_progress)
    return request_generation_approval(settings, run_key, profile)


def apply(context: Context) -> dict[str, Any]:
    """Apply what was approved; running it again changes nothing.

    Returns:
        The counts of changes, and at stage ``clean`` the summary of the run.
    """
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.generations.build import build_generation
    from copydesk.pipeline.generations.swap import swap_generation
    from copydesk.pipeline.runs.report import report_run
    from copydesk.pipeline.runs.reprocess import apply_run
    from copydesk.pipeline.store.profiles import get_live_profile_id
    from copydesk.pipeline.store.runs import close_run
    from copydesk.pipeline.store.states import RunState

    settings, params, run_key = load_settings(), context["params"], get_run_key(context)
    if params["stage"] == "clean":
        rules = context["ti"].xcom_pull(task_ids="preview", key=RULES_XCOM_KEY) or {}
        counts = apply_run(settings, run_key, _find_sources(context), rules)
        previewed = context["ti"].xcom_pull(task_ids="preview") or {}
        for name in sorted(counts.keys() & previewed.keys()):
            logger.info("%s: %s applied, %s in the preview", name, counts[name], previewed[name])
        run_report = report_run(settings, run_key)
        run_report.raise_for_error()
        log_and_notify(context, settings, run_report.warnings)
        return {**counts, **run_report.summary}
    profile = _parse_profile(params)
    previewed = context["ti"].xcom_pull(task_ids="preview") or {}
    counts = {"articles": previewed.get("articles", 0), "stories": previewed.get("stories_after", 0), "redirects": 0}
    with transaction(settings) as connection:
        is_live = get_live_profile_id(connection) == profile.profile_id
    if is_live:
        logger.info("%s is already live", profile.profile_id)
    else:
        build_generation(settings, profile, log_progress)
        swapped = swap_generation(settings, profile.profile_id)
        counts["redirects"] = swapped.redirects
        logger.info("%s is live; %s is kept until `copydesk profiles retire`", swapped.new_live, swapped.previous_live)
    with transaction(settings) as connection:
        close_run(connection, run_key, RunState.DONE, {**counts, "asked": previewed})
    return counts


def _parse_profile(params: Any) -> Profile:
    from copydesk.pipeline.core.profile_parameters import parse_profile_changes

    return parse_profile_changes(list(params["profile"]))


def _find_sources(context: Context) -> list[Any]:
    settings = load_settings()
    return [find_wire_source(settings, wire) for wire in context["ti"].xcom_pull(task_ids="plan") or []]
