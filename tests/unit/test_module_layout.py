"""Location and length of modules, and unique file names."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 300
"""A longer module has more than one subject."""
GENERATED = Path("pipeline/db/queries.py")
"""Written by `make schema`, one line per query."""
SAME_NAME = {
    "articles": "`copydesk articles`, and the table that it lists",
    "profiles": "`copydesk profiles`, and the table that it shows",
    "refold": "the DAG file, and the refold that its tasks run",
    "reprocess": "the DAG file, and the run that it starts",
}
"""File names that two modules share, with the reason."""
DAG_FILES = {"maintain", "newswire", "refold", "reprocess"}


def list_modules(*folders: str) -> list[Path]:
    return sorted(path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))


def test_modules_have_at_most_300_lines() -> None:
    lengths = {
        str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in list_modules(".ci", "crawler", "pipeline", "dags", "tests")
        if path != GENERATED
    }
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_pipeline_modules_are_in_subpackages() -> None:
    assert [path.name for path in (ROOT / "pipeline").glob("*.py")] == ["__init__.py"]


def test_only_dag_files_are_at_the_top_of_dags() -> None:
    assert {path.stem for path in (ROOT / "dags").glob("*.py")} == {"__init__", *DAG_FILES}


def test_module_names_are_unique() -> None:
    folders = defaultdict(list)
    for path in list_modules("crawler", "pipeline", "dags"):
        if path.name != "__init__.py":
            folders[path.stem].append(path.parent.as_posix())
    assert {name: found for name, found in folders.items() if len(found) > 1}.keys() == SAME_NAME.keys(), folders
