"""Articles with known stories: always the sample network's and the series', and labelled ones if there are any.

A labelled folder is that of Reuters-21578: its ``.sgm`` files, and ``pairs.tsv``, in which a line labelled SAME lists
two articles of one story.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from copydesk.crawler.sample.ground_truth import Truth, iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.records import Document
from tests.bench.agreement import join_pairs
from tests.reuters import list_files, read_stories
from tests.series import make_series

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
PER_DAY = 33_333
"""Articles per day of the growing file, as in the database of ``scale``."""

Line = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class StorySet:
    """``lines`` as ``copydesk dedup`` reads them; ``truth``: the story of each ID, ``kinds``: its kind, if known."""

    name: str
    title: str
    lines: tuple[Line, ...]
    truth: Mapping[str, str]
    kinds: Mapping[str, str]

    @property
    def bodies(self) -> list[str]:
        return [line["body"] or "" for line in self.lines]


def make_sample(articles: int, seed: int = 7) -> StorySet:
    """Return about ``articles`` articles: a day of the sample network, in their last version."""
    known = list(iter_truths(Network(seed=seed, per_day=articles), SINCE, SINCE + timedelta(days=1)))
    lines = tuple(_write_truth(one) for one in known)
    stories = {one.path: one.story for one in known}
    kinds = {one.path: str(one.kind) for one in known}
    return StorySet("sample", "Sample network, one day", lines, stories, kinds)


def make_issues(seed: int, issues: int) -> StorySet:
    """Return the series of tests/series.py: ``issues`` issues of each type, with updates, corrections and copies."""
    documents = [document for group in make_series(seed, issues) for document in group]
    parts = {one.id: one.id.split("-") for one in documents}
    return StorySet(
        "series",
        "Series: the next issue, the next firm, and updates",
        tuple(_write_line(one, one.published_at or SINCE) for one in documents),
        {name: f"{make}-{number}" for name, (make, number, *_) in parts.items()},
        {name: make for name, (make, *_) in parts.items()},
    )


def load_labelled(folder: Path, most: int = 0) -> StorySet:
    """Return Reuters-21578; ``most``: the largest number of stories (0: all)."""
    lines: list[Line] = list(read_stories(list_files([str(folder)])))
    lines = lines[:most] if most else lines
    ids = [str(line["id"]) for line in lines]
    here = set(ids)
    with (folder / "pairs.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t") if row[-1] == "SAME"]
    same = [(row[0], row[1]) for row in rows if here >= {row[0], row[1]}]
    return StorySet("reuters", "Reuters-21578, labelled pairs", tuple(lines), join_pairs(ids, same), {})


def write_lines(lines: Sequence[Line], path: Path) -> None:
    """Write the input file of all tools."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def write_growing(articles: int, path: Path, seed: int = 7) -> int:
    """Write ``articles`` articles of the sample network, ``PER_DAY`` per day, in order; return how many."""
    network = Network(seed=seed, per_day=PER_DAY)
    # One day more than needed, because nights are quiet; the surplus is not written.
    known = iter_truths(network, SINCE, SINCE + timedelta(days=articles / PER_DAY + 1))
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for written, one in enumerate(islice(known, articles), 1):  # noqa: B007 - the count is returned at the end
            file.write(json.dumps(_write_truth(one)) + "\n")
    return written


def _write_truth(one: Truth) -> Line:
    document = Document(one.path, one.printed_title, "\n\n".join(one.paragraphs), notice=one.notice)
    return _write_line(document, one.published_at)


def _write_line(one: Document, at: datetime) -> Line:
    return {"id": one.id, "title": one.title, "body": one.body, "published_at": at.isoformat(), "notice": one.notice}
