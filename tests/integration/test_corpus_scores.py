"""The documented scores, on saved pages and labelled stories if they are next to the project."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
PAGES = SHARED / "corpora" / "pages"
STORIES = SHARED / "corpora" / "reuters21578"
SEEDS = SHARED / "seeds"

REASONS = {"banner", "repeat", "disclaimer", "most_popular", "related", "comments", "dateline"}
"""The reasons for which parts of the text dump are cut."""


def run_python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not SEEDS.exists(), reason="the seed dump is missing")
def test_seed_dump_is_cleaned() -> None:
    for path in SEEDS.glob("*.txt"):
        found = json.loads(run_python("-m", "copydesk.pipeline.cli.main", "clean", str(path)))
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        title = next(line for line in lines if line.casefold().startswith("zelensky"))
        assert found["title"] == title
        assert found["agency"] == "MENAFN"
        assert len(found["paragraphs"]) == len(set(found["paragraphs"])) == 5
        text = found["body"].casefold()
        assert not any(word in text for word in ("sorry", "disclaimer", "warranty", "most popular", "no comment"))
        assert {piece["reason"] for piece in found["dropped"]} == REASONS


@pytest.mark.skipif(not PAGES.exists(), reason="the saved pages are missing")
def test_saved_pages_reach_the_promised_scores(tmp_path: Path) -> None:
    lines = run_python("-m", "copydesk.pipeline.cli.main", "clean", "--manifest", str(PAGES / "INDEX.tsv"))
    (tmp_path / "out.jsonl").write_text(lines)
    scorer = str(SHARED / "tools" / "score_articles.py")
    rows = [json.loads(line) for line in run_python(scorer, str(tmp_path / "out.jsonl"), str(PAGES)).splitlines()]
    scores = {row["pages"]: row for row in rows if "pages" in row}
    every = scores["all"]
    assert every["extracted"] == every["count"]
    # Just what the 557 pages of today's set give. More than half of them are pages that
    # no rule was written for; the 228 pages of the first set gave .983, .919 and .972.
    assert every["body_f1"] >= 0.972
    assert every["title"] >= 0.866
    assert every["date"] >= 0.931
    wire = [scores["agency"], scores["syndicated"]]
    assert sum(row["body_f1"] * row["bodies"] for row in wire) / sum(row["bodies"] for row in wire) >= 0.973
    assert sum(row["title"] * row["titles"] for row in wire) / sum(row["titles"] for row in wire) >= 0.95


@pytest.mark.skipif(not STORIES.exists(), reason="the labelled stories are missing")
def test_labelled_stories_reach_the_promised_scores(tmp_path: Path) -> None:
    documents, found = tmp_path / "stories.jsonl", tmp_path / "stories.tsv"
    documents.write_text(run_python("-m", "tests.reuters", *map(str, sorted(STORIES.glob("*.sgm")))))
    began = time.monotonic()
    run_python("-m", "copydesk.pipeline.cli.main", "dedup", str(documents), "-o", str(found))
    assert time.monotonic() - began < 60
    scores = json.loads(run_python(str(SHARED / "tools" / "score_stories.py"), str(found), str(STORIES / "pairs.tsv")))
    assert scores["documents"] > 10_000
    assert scores["ari"] >= 0.975
    assert scores["precision"] >= 0.975
    assert scores["recall"] >= 0.975
    assert count_correct_traps(found) >= 60


def count_correct_traps(found: Path) -> int:
    """Count the deceptive pairs that are together or apart as their kind requires."""
    stories = dict(line.split("\t") for line in found.read_text().splitlines())
    with (STORIES / "traps.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert len(rows) == 64
    together = {"correction", "same_story_low_jaccard"}
    return sum((stories[row["newid_a"]] == stories[row["newid_b"]]) == (row["kind"] in together) for row in rows)
