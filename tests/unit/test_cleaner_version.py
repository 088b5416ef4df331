"""A page is read again if anything that its article depends on has changed, and only then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from copydesk.pipeline.core.source import Discovery, PageRule, Source
from copydesk.pipeline.offline import read_page
from copydesk.pipeline.offline.read_page import hash_data_files
from copydesk.pipeline.runs.wire_run import compute_cleaner_version

STAGES = [Path(read_page.__file__).parents[1] / stage for stage in ("core", "extract", "clean")]
DATA = [(stage, path) for stage in STAGES for path in sorted(stage.rglob("*.toml"))]
SOURCE = Source(
    name="bote", title="Bote", home="https://bote.example/", discovery=Discovery(feeds=("https://bote.example/f",))
)


@pytest.mark.parametrize(("stage", "changed"), DATA, ids=lambda path: path.stem)
def test_every_data_file_changes_the_hash(stage: Path, changed: Path, tmp_path: Path) -> None:
    folders = tuple(tmp_path / folder.name for folder in STAGES)
    for folder, path in DATA:
        copy = tmp_path / folder.name / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    assert hash_data_files(folders) == hash_data_files()
    with (tmp_path / stage.name / changed.relative_to(stage)).open("a", encoding="utf-8") as file:
        file.write("#\n")
    hash_data_files.cache_clear()
    assert hash_data_files(folders) != hash_data_files()


@pytest.mark.parametrize(
    "change",
    [
        {"language": "de"}, {"timezone": "Europe/Oslo"}, {"agency": "KNA"}, {"title": "The Bote"},
        {"page": (PageRule(body="p"),)}, {"boilerplate": ("x",)},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_page_settings_of_a_source_change_the_version(change: dict[str, object]) -> None:
    assert compute_cleaner_version(SOURCE.model_copy(update=change)) != compute_cleaner_version(SOURCE)


def test_crawl_settings_of_a_source_do_not_change_the_version() -> None:
    assert compute_cleaner_version(
        SOURCE.model_copy(update={"enabled": False, "min_articles": 9})
    ) == compute_cleaner_version(SOURCE)


def test_parser_version_changes_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = compute_cleaner_version(SOURCE)
    monkeypatch.setattr(read_page, "PARSER_VERSION", read_page.PARSER_VERSION + 1)
    assert compute_cleaner_version(SOURCE) != before
