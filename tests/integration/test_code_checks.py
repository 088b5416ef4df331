"""The import contract and the type checker really check the code: each fails on an error added to a copy of the tree.

Both find the packages through links. If they cannot follow the mapping of packages, they check nothing and succeed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def list_tracked(*folders: str) -> list[Path]:
    """Return the files and links that git tracks, relative to the root."""
    done = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("this tree is not a git checkout")
    return [Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name]


def copy_tree(target: Path, *folders: str) -> None:
    """Copy the tracked files, and links as links."""
    for path in list_tracked(*folders):
        if (ROOT / path).is_symlink() or (ROOT / path).exists():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, target / path, follow_symlinks=False)


def run_tool(tool: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [BIN / tool, *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": "", "COLUMNS": "300"},
    )  # fmt: skip
    print(f"$ {tool} -> {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("pipeline/core/planted.py", "copydesk.crawler.items"),
        ("pipeline/clean/planted.py", "psycopg"),
        ("crawler/planted.py", "copydesk.dags.tasks"),
        ("pipeline/runs/planted.py", "airflow"),
    ],
)
def test_forbidden_import_breaks_the_contract(module: str, imported: str, tmp_path: Path) -> None:
    copy_tree(tmp_path, "pyproject.toml", "copydesk", "crawler", "pipeline", "dags")
    (tmp_path / module).write_text(f"import {imported}\n")
    done = run_tool("lint-imports", tmp_path, "--no-cache")
    assert done.returncode == 1
    name = "copydesk." + module.removesuffix(".py").replace("/", ".")
    assert f"{name} -> {imported.partition('.')[0]}" in done.stdout.replace("'", "")


def test_type_error_is_found_in_package_and_tests(tmp_path: Path) -> None:
    # The settings and links of the tree, and modules that import nothing, so that it takes seconds.
    copy_tree(tmp_path, "pyproject.toml", *(f"copydesk/{name}" for name in ("crawler", "pipeline", "dags", "py.typed")))
    for folder in ("copydesk", "crawler", "dags", "pipeline", "pipeline/core", "tests"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "__init__.py").touch()
    for module in ("pipeline/core", "crawler", "dags", "tests"):
        (tmp_path / module / "planted.py").write_text('SECONDS: int = "three"\n')
    done = run_tool("mypy", tmp_path)
    assert done.returncode == 1
    found = sorted(line.partition(":")[0] for line in done.stdout.splitlines() if ": error:" in line)
    assert found == [
        "copydesk/crawler/planted.py", "copydesk/dags/planted.py", "copydesk/pipeline/core/planted.py",
        "tests/planted.py",
    ]  # fmt: skip
