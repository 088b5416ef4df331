"""The folding benchmark on a few articles: Copydesk and datasketch always, the other tools if they are installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import dedupers, signers
from tests.bench.fold import QUICK, Step, run_fold
from tests.bench.fold_report import write_fold_results

MISSING = sorted({one.package for one in (*signers.SIGNERS, *dedupers.DEDUPERS) if not one.present})


@pytest.mark.endure
def test_fold_benchmark_compares_copydesk_with_datasketch(tmp_path: Path) -> None:
    outcome = run_fold(
        QUICK,
        log_line=lambda line: None,
        steps=[Step.SIGN, Step.DEDUP],
        signers=[signers.find_signer(name) for name in (signers.OURS, signers.SHA1)],
        dedupers=[dedupers.find_deduper(name) for name in (dedupers.OURS, dedupers.BULK)],
    )
    (board,) = outcome.signing
    ours, base = board.find(signers.OURS), board.find(signers.SHA1)
    assert ours is not None
    assert base is not None
    assert ours.per_second > base.per_second > 0
    sample, series = outcome.dedup
    assert [row.name for row in sample.rows] == [dedupers.OURS, dedupers.BULK]
    for one in (sample, series):
        better, stock = (row.agreement for row in one.rows)
        assert better is not None
        assert stock is not None
        assert better.ari > stock.ari
        assert all(row.wall > 0 and row.cpu > 0 and row.peak > 20 * 2**20 for row in one.rows)
    assert outcome.missing[-1].startswith("No labelled stories")
    written = {path.name for path in write_fold_results(outcome, tmp_path)}
    assert {"fold.json", "fold.md"} <= written
    assert json.loads((tmp_path / "fold.json").read_text())["dedup"][0]["rows"][0]["name"] == dedupers.OURS
    assert "| **copydesk dedup** |" in (tmp_path / "fold.md").read_text()


@pytest.mark.long
@pytest.mark.skipif(bool(MISSING), reason=f"not installed (`make bench` installs them): {', '.join(MISSING)}")
def test_fold_command_measures_all_tools_and_growth(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", "fold", "--quick", "--results", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "fold.json").read_text())
    assert {row["name"] for row in result["signing"][-1]["rows"]} == {one.name for one in signers.SIGNERS}
    assert {row["name"] for row in result["dedup"][-1]["rows"]} == {one.name for one in dedupers.DEDUPERS}
    assert result["database_growth"][0]["match"] > 0
    assert (tmp_path / "fold.svg").read_text().startswith("<?xml")
