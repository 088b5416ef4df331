"""How the cost grows with what stands: folding 1,000 new articles in the database, and a whole file in memory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.config import Settings
from pipeline.db import embedded
from tests.bench.scale import measure
from tests.bench.stories import PER_DAY


@dataclass(frozen=True, slots=True)
class Standing:
    """Medians over the batches of 1,000 new articles: seconds a stage, the worker's and the server process's memory;
    ``size`` bytes an article in the database, indexes too.
    """

    articles: int
    sign: float
    match: float
    fold: float
    candidates: float
    worker_mb: float
    backend_mb: float
    size: int

    @property
    def total(self) -> float:
        return self.sign + self.match + self.fold


def measure_standing(sizes: Sequence[int], told: Callable[[str], None], per_day: int = PER_DAY) -> list[Standing]:
    """Fold new articles into so many that stand, each size in a database of its own on an embedded server."""
    home = Path(tempfile.mkdtemp(prefix="copydesk-growth-"))
    settings = Settings(home=home)
    server = embedded.ensure_running(settings)
    try:
        found = []
        for size in sizes:
            told(f"  database: {size:,} articles are loaded, then 1,000 new ones folded, five times")
            found.append(_read(measure(server, size, per_day)))
        return found
    finally:
        embedded.stop(settings)
        shutil.rmtree(home, ignore_errors=True)


def _read(told: dict[str, Any]) -> Standing:
    batches = told["batches"]

    def take(name: str) -> float:
        return float(median(batch[name] for batch in batches))

    return Standing(
        articles=told["articles"],
        sign=take("sign"),
        match=take("match"),
        fold=take("fold"),
        candidates=take("candidates"),
        worker_mb=take("worker_mb"),
        backend_mb=take("backend_mb"),
        size=sum(table["table"] + table["indexes"] for table in told["bytes_an_article"].values()),
    )
