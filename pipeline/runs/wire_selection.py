"""The wires of one DAG: those that it names or selects, out of all configured ones. Pure."""

from __future__ import annotations

from collections.abc import Collection

from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.source_files import LoadResult
from copydesk.pipeline.core.suggestions import suggest_names
from copydesk.pipeline.core.wire_choice import WireSelection


def list_named(selected: Collection[str]) -> list[str]:
    """Return the names among the wires of a DAG; the others are selections, which contain ``=``."""
    return [item for item in selected if "=" not in item]


def select_wires(loaded: LoadResult, selected: Collection[str], requested: Collection[str] = ()) -> LoadResult:
    """Return the sources of one DAG's wires.

    A wire that the DAG names is enabled, whatever its file and the settings say. One that matches a selection stays as
    it is.

    Args:
        loaded: The configured sources, and those that the DAG names.
        selected: The wires of the DAG: names, and selections such as ``language=de``; empty for all.
        requested: The wires that a run of the DAG was triggered for.

    Raises:
        BadSettings: A selection is invalid.
        BadInput: A requested wire exists, but is not one of the DAG's.
        NotFound: A wire that the DAG names does not exist.
    """
    if not selected:
        return loaded
    names = set(list_named(selected))
    selections = [WireSelection.parse(item) for item in selected if "=" in item]
    sources = {}
    for name, source in loaded.sources.items():
        if name in names:
            sources[name] = source if source.enabled else source.model_copy(update={"enabled": True})
        elif any(selection.matches(source) for selection in selections):
            sources[name] = source
    errors = {name: error for name, error in loaded.errors.items() if name in names}
    if missing := sorted(names - sources.keys() - errors.keys()):
        suggestions = " ".join(filter(None, (suggest_names(name, loaded.sources) for name in missing)))
        raise NotFound(
            f"The DAG names the wires {', '.join(missing)}, which do not exist.",
            f"{suggestions} Correct `wires` where the DAG is created.".strip(),
        )
    others = sorted((set(requested) & loaded.sources.keys()) - sources.keys())
    if others:
        raise BadInput(
            f"This DAG does not process {', '.join(others)}.", f"Its wires are {', '.join(sorted(sources)) or 'none'}."
        )
    return LoadResult(sources, errors)
