"""Claims about performance, and the measurements of growth that they are checked against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

MAX_RATIO = 1.3
"""Largest ratio of the cost of folding 1,000 articles into ``MANY`` to that into ``FEW``."""

MAX_SECONDS = 5.0
MAX_MB = 500
FEW = 100_000
MANY = 1_000_000

_SIZE_TOLERANCE = 0.25
"""Relative tolerance of sizes: whole hours are loaded, and each run adds articles to a kept database."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim; ``figure`` is the measured value, ``shown`` whether it meets the claim."""

    text: str
    figure: str
    shown: bool

    def __str__(self) -> str:
        return f"{'shown' if self.shown else 'NOT shown'}: {self.text} ({self.figure})"


@dataclass(frozen=True, slots=True)
class GrowthMeasurement:
    """Medians over the batches of 1,000 new articles: seconds per stage, processor seconds for all three, and memory of
    the worker and of the server process; ``size`` is bytes per article in the database, including indexes.
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
    def read(cls, result: Mapping[str, Any]) -> GrowthMeasurement:
        """Return the medians of what ``tests.bench.scale.measure`` reports for one size."""

        def get_median(name: str) -> float:
            return float(median(batch[name] for batch in result["batches"]))

        return cls(
            articles=result["articles"],
            sign=get_median("sign"),
            match=get_median("match"),
            fold=get_median("fold"),
            cpu=get_median("cpu"),
            candidates=get_median("candidates"),
            worker_mb=get_median("worker_mb"),
            backend_mb=get_median("backend_mb"),
            size=sum(table["table"] + table["indexes"] for table in result["bytes_an_article"].values()),
        )


def check_growth(found: Sequence[GrowthMeasurement]) -> Iterator[Claim]:
    """Yield the claims about growth.

    Every size has limits of seconds and megabytes. If ``FEW`` and ``MANY`` were measured, their times may differ
    little.
    """
    few, many = (_find(found, size) for size in (FEW, MANY))
    if few and many:
        times, of_cpu = many.total / few.total, many.cpu / few.cpu
        text = (
            f"1,000 new articles into {many.articles:,}: at most {MAX_RATIO:g} x what they cost into {few.articles:,}"
        )
        yield Claim(text, f"{times:.2f} times, {of_cpu:.2f} by the processor", times <= MAX_RATIO)
    for one in found:
        what = f"1,000 new articles into {one.articles:,}"
        yield Claim(f"{what}: at most {MAX_SECONDS:g} s", f"{one.total:.2f} s", one.total <= MAX_SECONDS)
        figure = f"{one.worker_mb:.0f} MB the worker, {one.backend_mb:.0f} MB its server process"
        yield Claim(f"{what}: at most {MAX_MB} MB of memory", figure, one.memory_mb <= MAX_MB)


def describe_missing_growth(found: Sequence[GrowthMeasurement]) -> str:
    """Return which claims about growth these sizes cannot check; empty if there are none or nothing was measured."""
    if not found or all(_find(found, size) for size in (FEW, MANY)):
        return ""
    return f"What {MANY:,} articles cost by what {FEW:,} cost was not measured: `--articles {MANY}` does, in an hour."


def _find(found: Sequence[GrowthMeasurement], size: int) -> GrowthMeasurement | None:
    return next((one for one in found if abs(one.articles - size) <= _SIZE_TOLERANCE * size), None)
