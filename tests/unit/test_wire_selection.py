"""The wires of a DAG: names and selections, and the wires that a run may ask for."""

from __future__ import annotations

from typing import Any

import pytest

from copydesk.pipeline.core.errors import BadInput, BadSettings, BadSource, NotFound
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import LoadResult
from copydesk.pipeline.runs.wire_selection import list_named, select_wires


def make_source(name: str, **values: Any) -> Source:
    found = {"home": "https://wire.example/", "discovery": {"feeds": ["https://wire.example/rss"]}}
    return Source.model_validate({"name": name, "title": name, **found, **values})


LOADED = LoadResult(
    {
        "north": make_source("north"),
        "nord": make_source("nord", language="de"),
        "dpa": make_source("dpa", language="de", kind="agency"),
        "off": make_source("off", enabled=False),
    },
    {"broken": BadSource("The file is broken."), "other": BadSource("This one, too.")},
)


def select(*selected: str, requested: tuple[str, ...] = ()) -> LoadResult:
    return select_wires(LOADED, selected, requested)


def test_dag_without_a_selection_has_all_wires() -> None:
    assert select() is LOADED


def test_names_and_selections_are_combined() -> None:
    assert set(select("north").sources) == {"north"}
    assert set(select("language=de").sources) == {"nord", "dpa"}
    assert set(select("north", "kind=agency language=de").sources) == {"north", "dpa"}
    assert list_named(["north", "kind=agency", "off"]) == ["north", "off"]


def test_wire_with_its_name_in_the_list_is_enabled() -> None:
    assert select("off").sources["off"].enabled
    assert not select().sources["off"].enabled


def test_only_invalid_files_of_named_wires_are_reported() -> None:
    assert set(select("north", "broken").errors) == {"broken"}


def test_unknown_name_is_an_error_with_suggestions() -> None:
    with pytest.raises(NotFound, match="nroth, which do not exist") as error:
        select("nroth")
    assert "north" in error.value.remedy


def test_run_cannot_ask_for_a_wire_of_another_dag() -> None:
    assert set(select("north", "nord", requested=("nord",)).sources) == {"north", "nord"}
    with pytest.raises(BadInput, match="does not process dpa"):
        select("north", requested=("dpa",))


def test_invalid_selection_is_refused() -> None:
    with pytest.raises(BadSettings, match="colour=blue"):
        select("colour=blue")
