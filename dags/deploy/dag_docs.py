"""docs/dags.md, written from the DAGs themselves: ``make docs`` writes it, a test holds that it is up to date."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import DAG

DAG_FOLDER = Path(__file__).resolve().parents[1]
PAGE_PATH = DAG_FOLDER.parent / "docs" / "dags.md"
PAGE_HEADER = """# The DAGs

Written from the DAGs themselves by `make docs`; in Airflow's UI the same words stand under *Dag Docs* and, task by
task, under *Docs*.
"""


def render_page(dags: Iterable[DAG]) -> str:
    """The whole page."""
    return "\n".join(
        [PAGE_HEADER, *(line for dag in sorted(dags, key=lambda dag: dag.dag_id) for line in render_dag(dag))]
    )


def render_dag(dag: DAG) -> Iterator[str]:
    """One DAG: its own words, when and how it runs, its parameters, its tasks."""
    yield f"## {dag.dag_id}\n"
    yield _extract_prose(dag.doc_md or "") + "\n"
    yield f"**Runs** {_format_schedule(dag)}. {_format_run_count(dag.max_active_runs)} at once; tags {', '.join(sorted(dag.tags))}."
    deadlines: Any = dag.deadline or []
    for deadline in deadlines:
        counted = {"FirstQueuedAt": "it was queued"}[deadline.reference.reference_name]
        yield f"A run that is not done {_format_duration(deadline.interval)} after {counted} is told (`{deadline.name}`)."
    yield ""
    if dag.params:
        yield "| parameter | default | may be | what it says |\n|---|---|---|---|"
        for name in dag.params:
            param = dag.params.get_param(name)
            yield f"| `{name}` | {_format_value(param.value)} | {_format_choices(param.schema)} | {param.description} |"
        yield ""
    yield "| task | what it does | after | runs when | retries | at most |\n|---|---|---|---|---:|---|"
    for task in dag.topological_sort():  # type: ignore[no-untyped-call]
        words = " ".join((task.doc_md or "").split())
        before = ", ".join(f"`{one}`" for one in sorted(task.upstream_task_ids)) or "-"
        name = f"`{task.task_id}`" + (", one a wire" if task.get_closest_mapped_task_group() else "")
        rule = str(getattr(task.trigger_rule, "value", task.trigger_rule))
        limit = _format_duration(task.execution_timeout) if task.execution_timeout else "-"
        yield f"| {name} | {words} | {before} | {rule.replace('_', ' ')} | {task.retries} | {limit} |"
    yield ""


def _extract_prose(text: str) -> str:
    """Without its heading and its table of tasks: both follow from the DAG itself."""
    kept = "\n".join(line for line in text.strip().splitlines() if not line.startswith(("#", "|")))
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


def _format_schedule(dag: DAG) -> str:
    expression = getattr(dag.timetable, "expression", None)
    return f"by the clock, `{expression}` (UTC)" if expression else "when it is triggered"


def _format_value(value: Any) -> str:
    return "-" if value in (None, []) else f"`{value}`"


def _format_choices(schema: dict[str, Any]) -> str:
    if choices := schema.get("enum"):
        return ", ".join(f"`{choice}`" for choice in choices)
    if schema.get("format") == "date-time":
        return "a time"
    return "names of wires" if "examples" in schema else "a list" if schema.get("type") == "array" else "-"


def _format_duration(span: timedelta) -> str:
    minutes = span // timedelta(minutes=1)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _format_run_count(number: int) -> str:
    return {1: "One run", 2: "Two runs"}.get(number, f"{number} runs")


def main() -> None:
    """Write the page; ``--check``: exit status 1 where it is not what would be written."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(DAG_FOLDER)
    if bag.import_errors:
        sys.exit("\n".join(map(str, bag.import_errors.values())))
    page = render_page(bag.dags.values())
    if "--check" in sys.argv:
        sys.exit(
            None if page == PAGE_PATH.read_text(encoding="utf-8") else "docs/dags.md is out of date: run `make docs`."
        )
    PAGE_PATH.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
