"""A package of another's that has the name of one of ours, and comes first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.packages import check_packages

COMMAND = Path(sys.executable).parent / "copydesk"
ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, site: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(site), "COPYDESK_DATABASE_URL": "postgresql://desk@127.0.0.1:1/desk"}
    done = subprocess.run([COMMAND, *arguments], env=env, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize("name", ["dags", "crawler"])
def test_the_doctor_and_the_bundle_name_it(site: Path, name: str) -> None:
    (site / "own").rename(site / name)
    sentence = f"Not this installation's, which is in {ROOT}: `{name}` is found in {site / name}."
    told = run("bundle", site=site)
    assert (told.returncode, told.stdout) == (78, "")
    assert told.stderr.startswith(f"copydesk: {sentence} Take that folder off PYTHONPATH")
    first = json.loads(run("doctor", "--json", site=site).stdout.splitlines()[0])
    assert (first["check"], first["good"]) == ("packages", False)
    assert first["told"].startswith(sentence)


def test_what_does_not_come_first_is_no_matter(site: Path) -> None:
    (site / "own").rename(site / "elsewhere")
    (site / "dags").mkdir()  # no package, but a folder of DAGs: ours is found all the same
    assert json.loads(run("bundle", site=site).stdout)[-1]["name"] == "copydesk"
    first = json.loads(run("doctor", "--json", site=site).stdout.splitlines()[0])
    assert (first["check"], first["good"]) == ("packages", True)
    check_packages()
