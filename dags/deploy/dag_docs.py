"""Generate docs/dags.md from the DAG files; `make docs` runs this, and a test checks that the page is up to date."""

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

Generated from the DAG files by `make docs`. Airflow's UI shows the same text under *Dag Docs*, and for each task under
*Docs*.
"""


def render_page(dags: Iterable[DAG]) -> str:
    """Return the page for some DAGs."""
    return "\n".join(
        [PAGE_HEADER, *(line for dag in sorted(dags, key=lambda dag: dag.dag_id) for line in render_dag(dag))]
    )


def render_dag(dag: DAG) -> Iterator[str]:
    """Yield the section of one DAG: description, schedule, parameters, tasks."""
    yield f"## {dag.dag_id}\n"
    yield _extract_prose(dag.doc_md or "") + "\n"
    yield f"**Schedule**: {_format_schedule(dag)}. **Concurrent runs**: at most {dag.max_active_runs}."
    yield f"**Tags**: {', '.join(sorted(dag.tags))}."
    deadlines: Any = dag.deadline or []
    for deadline in deadlines:
        event = {"FirstQueuedAt": "it was queued"}[deadline.reference.reference_name]
        duration = _format_duration(deadline.interval)
        yield f"**Deadline**: a run that is not finished {duration} after {event} is reported as `{deadline.name}`."
    yield ""
    if dag.params:
        yield "| parameter | default | values | description |\n|---|---|---|---|"
        for name in dag.params:
            param = dag.params.get_param(name)
            yield f"| `{name}` | {_format_value(param.value)} | {_format_choices(param.schema)} | {param.description} |"
        yield ""
    yield "| task | description | upstream | trigger rule | retries | timeout |\n|---|---|---|---|---:|---|"
    for task in dag.topological_sort():  # type: ignore[no-untyped-call]
        description = " ".join((task.doc_md or "").split())
        upstream = ", ".join(f"`{task_id}`" for task_id in sorted(task.upstream_task_ids)) or "-"
        name = f"`{task.task_id}`" + (" (per wire)" if task.get_closest_mapped_task_group() else "")
        rule = str(getattr(task.trigger_rule, "value", task.trigger_rule))
        timeout = _format_duration(task.execution_timeout) if task.execution_timeout else "-"
        yield f"| {name} | {description} | {upstream} | `{rule}` | {task.retries} | {timeout} |"
    yield ""


def _extract_prose(text: str) -> str:
    """Return the text without its heading and its table of tasks, which this page generates itself."""
    prose = "\n".join(line for line in text.strip().splitlines() if not line.startswith(("#", "|")))
    return re.sub(r"\n{3,}", "\n\n", prose).strip()


def _format_schedule(dag: DAG) -> str:
    expression = getattr(dag.timetable, "expression", None)
    return f"`{expression}` (UTC)" if expression else "none, runs are triggered by hand"


def _format_value(value: Any) -> str:
    return "-" if value in (None, []) else f"`{value}`"


def _format_choices(schema: dict[str, Any]) -> str:
    if choices := schema.get("enum"):
        return ", ".join(f"`{choice}`" for choice in choices)
    if schema.get("format") == "date-time":
        return "time"
    return "wire names" if "examples" in schema else "list" if schema.get("type") == "array" else "-"


def _format_duration(duration: timedelta) -> str:
    minutes = duration // timedelta(minutes=1)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def main() -> None:
    """Write the page; with ``--check``, exit with status 1 if it is out of date."""
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
