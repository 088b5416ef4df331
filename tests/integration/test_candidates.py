"""Nearly every pair of the exact join is a candidate, with few rows per article."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.sign import sign
from tests.bench.candidates import join_exactly, measure, read_network
from tests.reuters import list_files, read_stories

STORIES = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "reuters21578"


def check_recall(documents: list[Document], pairs: int, candidates: float, profile: Profile) -> None:
    sketches = sign(documents, profile)
    exact = join_exactly(sketches, profile)
    assert len(exact) >= pairs, "too few pairs to measure recall"
    found = measure(sketches, exact, profile)
    assert found.recall >= 0.995
    assert found.most_rows <= 16
    assert found.candidates <= candidates


@pytest.mark.parametrize("seed", [7, 11])
def test_recall_on_the_sample_network(seed: int) -> None:
    check_recall(read_network(1_500, 24, seed), 1_000, 3.0, Profile())


@pytest.mark.skipif(not STORIES.exists(), reason="the labelled stories are missing")
@pytest.mark.parametrize("hours", [96, None])
def test_recall_on_the_labelled_stories(hours: int | None) -> None:
    found = read_stories(list_files([str(STORIES)]))
    documents = [
        Document(str(one["id"]), one["title"] or "", one["body"] or "", datetime.fromisoformat(one["published_at"]))
        for one in found
        if one["published_at"]
    ]
    check_recall(documents, 500, 1.0, Profile(window_hours=hours))
