"""The wheel and the sdist, and the package in an Airflow with user modules named like our folders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_code_checks import copy_tree
from tests.stock_airflow import StockAirflow, make_stock_airflow

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / ".ci" / "check_dist.py"
PAGE = ROOT / "tests" / "unit" / "pages" / "menafn-entry" / "page.html"
pytestmark = pytest.mark.timeout(600)

USER_MODULES = {
    "common.py": 'NAME = "common"',
    "crawler.py": 'NAME = "crawler"',
    "dags/__init__.py": "",
    "dags/common.py": 'NAME = "dags.common"',
    "pipeline/__init__.py": "",
    "pipeline/tasks.py": 'NAME = "pipeline.tasks"',
    "users.py": """
import common, crawler, dags.common, pipeline.tasks
from airflow.sdk import dag, task

@dag(schedule=None, tags=[common.NAME, crawler.NAME, dags.common.NAME, pipeline.tasks.NAME])
def users():
    @task
    def rest(): ...

    rest()

users()
""",
}
"""Files that a user may have in the DAGs folder."""

LOAD_DAGS = """
import json, sys
from pathlib import Path
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.plugins_manager import get_import_errors, get_plugin_info
found = {"tags": {}, "errors": {}, "files": []}
for folder in sys.argv[1:]:
    bag = BundleDagBag(folder, bundle_path=Path(folder), bundle_name=folder)
    found["tags"] |= {name: sorted(dag.tags) for name, dag in bag.dags.items()}
    found["errors"] |= {str(path): str(error) for path, error in bag.import_errors.items()}
found["plugins"] = [one["name"] for one in get_plugin_info()]
found["plugin_errors"] = list(get_import_errors())
found["files"] = sorted({module.__file__ for name, module in sys.modules.items()
                         if name.split(".")[0] in ("crawler", "dags", "pipeline")})
found["ours"] = sys.modules["copydesk"].__file__
print("FOUND" + json.dumps(found))
"""
"""Load each folder's DAGs like Airflow's command line, which adds the folder to the module path."""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel and the sdist of the tree, both checked."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, CHECK, folder, "--build"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def find_wheel(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_files_next_to_the_links_are_listed_for_wheel_and_sdist() -> None:
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    here = {f"copydesk/{path.name}" for path in (ROOT / "copydesk").iterdir() if path.is_file()}
    assert here
    for name in ("wheel", "sdist"):
        assert {path for path in targets[name]["only-include"] if path.startswith("copydesk/")} == here, name


def test_editable_install_exposes_only_copydesk() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (folder,) = project["tool"]["hatch"]["build"]["dev-mode-dirs"]
    assert [path.name for path in (ROOT / folder).iterdir()] == ["copydesk"]


@pytest.mark.parametrize(
    ("added", "message"), [("pipeline/core/x.py", "at its top"), ("copydesk/x.py", "does not track")]
)
def test_unexpected_file_in_the_wheel_is_found(dist: Path, tmp_path: Path, added: str, message: str) -> None:
    for path in dist.iterdir():
        shutil.copy(path, tmp_path)
    with zipfile.ZipFile(find_wheel(tmp_path), "a") as wheel:
        wheel.writestr(added, "")
    done = subprocess.run([sys.executable, CHECK, tmp_path], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert message in done.stdout
    assert "differs from" in done.stdout


def test_dirty_tree_or_missing_changelog_entry_blocks_release(tmp_path: Path) -> None:
    copy_tree(tmp_path, "pyproject.toml")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n")

    def check() -> tuple[int, str]:
        script = ROOT / ".ci" / "check_release.py"
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, cwd=tmp_path)
        return done.returncode, done.stdout

    def git(*arguments: str) -> None:
        own = ("-c", "user.name=Desk", "-c", "user.email=desk@localhost", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *own, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    status, output = check()
    assert status == 1
    assert "not committed" in output
    assert "CHANGELOG.md has no entry for 0.1.0" in output
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0 - 2026-12-01\n")
    git("add", ".")
    git("commit", "-m", "all")
    assert check() == (0, "Version 0.1.0 can be released.\n")
    git("tag", "v0.1.0")
    assert check()[0] == 1


@pytest.fixture(scope="module")
def stock_airflow(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> StockAirflow:
    """Return an Airflow with a user's DAG and modules, and our wheel."""
    stock_airflow = make_stock_airflow(tmp_path_factory.mktemp("stock"))
    for name, text in USER_MODULES.items():
        path = stock_airflow.folder / "dags" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert stock_airflow.run(f"{stock_airflow.python} -c 'import copydesk'").returncode != 0
    assert stock_airflow.run(f"pip install --no-deps --quiet {find_wheel(dist)}").returncode == 0
    return stock_airflow


def load_dags(stock_airflow: StockAirflow, *folders: Path, path: str = "") -> dict[str, Any]:
    (stock_airflow.folder / "load.py").write_text(LOAD_DAGS)
    done = stock_airflow.run(f"PYTHONPATH={path} {stock_airflow.python} -P load.py {' '.join(map(str, folders))}")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FOUND")]
    found: dict[str, Any] = json.loads(line.removeprefix("FOUND"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("on_path", [False, True])
def test_user_modules_do_not_clash_with_ours(stock_airflow: StockAirflow, on_path: bool) -> None:
    """Many users also have their DAGs folder in ``PYTHONPATH``."""
    (ours,) = (stock_airflow.folder / "env" / "lib").glob("python*/site-packages/copydesk/dags")
    users = stock_airflow.folder / "dags"
    found = load_dags(stock_airflow, users, ours, path=str(users) if on_path else "")
    assert found["errors"] == {}
    assert found["tags"].keys() == {"users", "newswire", "reprocess", "refold", "maintain"}
    assert found["tags"]["users"] == ["common", "crawler", "dags.common", "pipeline.tasks"]
    assert found["files"] == sorted(str(users / name) for name in USER_MODULES if "/" in name or name == "crawler.py")
    assert found["ours"] == str(ours.parent / "__init__.py")
    assert "copydesk" in found["plugins"]
    assert found["plugin_errors"] == []


@pytest.mark.slow
def test_command_line_works_next_to_user_modules(stock_airflow: StockAirflow) -> None:
    done = stock_airflow.run(f"cd dags && copydesk clean {PAGE}")
    assert done.returncode == 0
    assert json.loads(done.stdout)["kind"] == "article"
    (bundle,) = [
        one for one in json.loads(stock_airflow.run("cd dags && copydesk bundle").stdout) if one["name"] == "copydesk"
    ]
    assert Path(bundle["kwargs"]["path"]).is_relative_to(stock_airflow.folder)
