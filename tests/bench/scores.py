"""Scores of pages with a known truth.

Body: 4-grams of words (of fewer if a text is shorter) as multisets; precision and recall are averaged over the pages,
and F1 is their harmonic mean. Exact: the whole body equals the truth, character for character, except whitespace; a
remaining dateline or disclaimer makes it inexact. Title: the same words, regardless of case and punctuation, with or
without the desk's mark ("UPDATE 1-"). Date: the right day, in UTC or in the wire's time zone.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from tests.bench.extractors import ExtractedPage
from tests.bench.page_set import PageCase

_WORD = re.compile(r"\w+")
_GRAM = 4
WIRE_CLASSES = ("agency", "syndicated")


@dataclass(frozen=True, slots=True)
class Score:
    """Shares from 0 to 1 over ``pages`` pages; ``exact`` and ``wire_f1`` (agency and syndicated pages only) are None if
    not known. ``failed``: number of pages that raised an error.
    """

    pages: int
    f1: float
    precision: float
    recall: float
    title: float
    date: float
    exact: float | None = None
    wire_f1: float | None = None
    failed: int = 0


def fold_title(text: str) -> str:
    """Return the words of a title."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")))


def compare_bodies(truth: str, found: str) -> tuple[float, float]:
    """Return precision and recall of a text's 4-grams."""
    wanted, given = _split(truth), _split(found)
    size = min(_GRAM, len(wanted) or _GRAM, len(given) or _GRAM)
    a, b = _count(wanted, size), _count(given, size)
    hit = (a & b).total()
    return (hit / b.total() if b else float(not a)), (hit / a.total() if a else float(not b))


def read_days(stamp: str) -> set[date]:
    """Return the days that a time stamp may mean, as written and in UTC; none if it is not a time."""
    try:
        moment = datetime.fromisoformat(stamp.strip())
    except ValueError:
        return {date.fromisoformat(match.group())} if (match := re.match(r"\d{4}-\d\d-\d\d", stamp)) else set()
    days = {moment.date()}
    return days | {moment.astimezone(UTC).date()} if moment.tzinfo else days


def score_sample(cases: Sequence[PageCase], found: Sequence[ExtractedPage]) -> Score:
    """Score what was found on pages of the sample network."""
    pairs = [(case, case.truth, one) for case, one in zip(cases, found, strict=True) if case.truth is not None]
    bodies = [compare_bodies("\n".join(truth.paragraphs), one.body) for _, truth, one in pairs]
    precision, recall = (_mean(side) for side in zip(*bodies, strict=True))
    return Score(
        pages=len(pairs),
        f1=_harmonic(precision, recall),
        precision=precision,
        recall=recall,
        title=_mean(
            fold_title(one.title) in {fold_title(truth.title), fold_title(truth.printed_title)}
            for _, truth, one in pairs
        ),
        date=_mean(bool(read_days(one.published) & case.days) for case, _, one in pairs),
        exact=_mean(one.body.split() == " ".join(truth.paragraphs).split() for _, truth, one in pairs),
        failed=sum(bool(one.failed) for one in found),
    )


def score_saved(cases: Sequence[PageCase], found: Sequence[ExtractedPage], folder: Path, scorer: Path) -> Score:
    """Score saved pages with their own scorer."""
    with tempfile.TemporaryDirectory() as workdir:
        lines = Path(workdir, "found.jsonl")
        with lines.open("w", encoding="utf-8", errors="backslashreplace") as file:
            for case, one in zip(cases, found, strict=True):
                line = {"path": case.key, "title": one.title, "body": one.body, "published_at": one.published or None}
                file.write(json.dumps(line) + "\n")
        output = subprocess.run(
            [sys.executable, str(scorer), str(lines), str(folder)], capture_output=True, text=True, check=True
        ).stdout
    groups = {row["pages"]: row for row in map(json.loads, output.splitlines())}
    whole = groups["all"]
    wire = [groups[name] for name in WIRE_CLASSES if name in groups]
    return Score(
        pages=whole["count"],
        f1=whole["body_f1"],
        precision=whole["body_precision"],
        recall=whole["body_recall"],
        title=whole["title"],
        date=whole["date"],
        wire_f1=_join(wire) if wire else None,
        failed=sum(bool(one.failed) for one in found),
    )


def _join(groups: Iterable[dict[str, float]]) -> float:
    """Return the joint F1 of several groups of pages from each one's mean precision, recall and number of bodies."""
    groups = list(groups)
    total = sum(group["bodies"] for group in groups) or 1
    precision, recall = (
        sum(group[key] * group["bodies"] for group in groups) / total for key in ("body_precision", "body_recall")
    )
    return _harmonic(precision, recall)


def _split(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def _count(words: list[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1)) if words else Counter()


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
