"""What a run is to show of what Copydesk promises, and whether it did; of growth, what that is read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

MOST_TIMES = 1.3
"""What folding 1,000 articles into ``MANY`` may cost, by what it costs into ``FEW``."""

MOST_SECONDS = 5.0
MOST_MB = 500
FEW = 100_000
MANY = 1_000_000

_ROUGHLY = 0.25
"""Sizes are hit by so much of them: whole hours are loaded, and where a database is kept, each run adds to it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a run is to show: ``figure`` and the least or most that it may be, in words."""

    text: str
    figure: str
    shown: bool

    def __str__(self) -> str:
        return f"{'shown' if self.shown else 'NOT shown'}: {self.text} ({self.figure})"


@dataclass(frozen=True, slots=True)
class Standing:
    """Medians over the batches of 1,000 new articles: seconds per stage, processor seconds for all three, and memory
    of the worker and of the server process; ``size`` is bytes per article in the database, indexes included.
    """

    articles: int
    sign: float
    match: float
    fold: float
    cpu: float
    candidates: float
    worker_mb: float
    backend_mb: float
    size: int

    @property
    def total(self) -> float:
        return self.sign + self.match + self.fold

    @property
    def memory_mb(self) -> float:
        return self.worker_mb + self.backend_mb

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Standing:
        """Return the medians of what ``tests.bench.scale.measure`` reports for one size."""

        def take(name: str) -> float:
            return float(median(batch[name] for batch in told["batches"]))

        return cls(
            articles=told["articles"],
            sign=take("sign"),
            match=take("match"),
            fold=take("fold"),
            cpu=take("cpu"),
            candidates=take("candidates"),
            worker_mb=take("worker_mb"),
            backend_mb=take("backend_mb"),
            size=sum(table["table"] + table["indexes"] for table in told["bytes_an_article"].values()),
        )


def judge_growth(found: Sequence[Standing]) -> Iterator[Claim]:
    """Of every size that it takes seconds and megabytes enough; of ``FEW`` and ``MANY``, where both were measured, that
    the one costs little more than the other, by the clock.
    """
    few, many = (_find(found, size) for size in (FEW, MANY))
    if few and many:
        times, of_cpu = many.total / few.total, many.cpu / few.cpu
        text = (
            f"1,000 new articles into {many.articles:,}: at most {MOST_TIMES:g} x what they cost into {few.articles:,}"
        )
        yield Claim(text, f"{times:.2f} times, {of_cpu:.2f} by the processor", times <= MOST_TIMES)
    for one in found:
        what = f"1,000 new articles into {one.articles:,}"
        yield Claim(f"{what}: at most {MOST_SECONDS:g} s", f"{one.total:.2f} s", one.total <= MOST_SECONDS)
        figure = f"{one.worker_mb:.0f} MB the worker, {one.backend_mb:.0f} MB its server process"
        yield Claim(f"{what}: at most {MOST_MB} MB of memory", figure, one.memory_mb <= MOST_MB)


def miss_growth(found: Sequence[Standing]) -> str:
    """What of growth can't be judged by these sizes; empty where all can, or nothing of it was to be measured."""
    if not found or all(_find(found, size) for size in (FEW, MANY)):
        return ""
    return f"What {MANY:,} articles cost by what {FEW:,} cost was not measured: `--articles {MANY}` does, in an hour."


def _find(found: Sequence[Standing], size: int) -> Standing | None:
    return next((one for one in found if abs(one.articles - size) <= _ROUGHLY * size), None)
