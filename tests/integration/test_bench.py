"""The cleaning benchmark on a few pages: Copydesk always, the other tools if they are installed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.clean import QUICK, run_clean
from tests.bench.extractors import BASE, EXTRACTION_TOOLS
from tests.bench.report import write_results

MISSING = [one.name for one in EXTRACTION_TOOLS if not one.present]


@pytest.mark.endure
def test_clean_benchmark_compares_copydesk_with_trafilatura(tmp_path: Path) -> None:
    tools = [one for one in EXTRACTION_TOOLS if one.name in {"copydesk (sources)", BASE}]
    size = replace(QUICK, sample=14, sample_timed=5)
    outcome = run_clean(size, None, log_line=lambda line: None, tools=tools)
    assert [board.name for board in outcome.boards] == ["sample", "page-chrome"]
    for board in outcome.boards:
        ours, base = board.find("copydesk (sources)"), board.find(BASE)
        assert ours.score.pages == 14
        assert ours.score.failed == 0
        assert ours.score.exact == 1
        assert ours.score.f1 > base.score.f1 > 0.5
        assert base.speed.ratio == 1
        assert ours.speed.ratio > 0
        assert ours.speed.peak > 20 * 2**20
    written = {path.name for path in write_results(outcome, tmp_path)}
    assert {"clean.json", "clean.md"} <= written
    log_line = json.loads((tmp_path / "clean.json").read_text())
    assert log_line["boards"][0]["rows"][0]["name"] == "copydesk (sources)"
    assert "| **copydesk (sources)** |" in (tmp_path / "clean.md").read_text()


@pytest.mark.long
@pytest.mark.skipif(bool(MISSING), reason=f"not installed (`make bench` installs them): {', '.join(MISSING)}")
def test_clean_command_measures_all_tools_and_draws(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", "clean", "--quick", "--results", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "newspaper4k" in done.stdout
    rows = json.loads((tmp_path / "clean.json").read_text())["boards"][0]["rows"]
    assert {row["name"] for row in rows} == {one.name for one in EXTRACTION_TOOLS}
    assert all(row["score"]["failed"] == 0 for row in rows)
    assert (tmp_path / "clean.svg").read_text().startswith("<?xml")
