"""How the cost grows with the stored articles: folding 1,000 new articles in the database."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded
from tests.bench.growth_claims import GrowthMeasurement
from tests.bench.scale import measure
from tests.bench.stories import PER_DAY


def measure_database_growth(
    sizes: Sequence[int], log_line: Callable[[str], None], per_day: int = PER_DAY
) -> list[GrowthMeasurement]:
    """Fold new articles into databases of each size on an embedded server."""
    home = Path(tempfile.mkdtemp(prefix="copydesk-growth-"))
    settings = Settings(home=home)
    server = embedded.ensure_running(settings)
    try:
        found = []
        for size in sizes:
            log_line(f"  database: {size:,} articles are loaded, then 1,000 new ones folded, five times")
            found.append(GrowthMeasurement.read(measure(server, size, per_day)))
        return found
    finally:
        embedded.stop_server(settings)
        shutil.rmtree(home, ignore_errors=True)
