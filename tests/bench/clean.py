"""The cleaning benchmark: how well and how fast each tool reads pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from tests.bench.extractors import BASE, EXTRACTION_TOOLS, ExtractedPage, ExtractionTool
from tests.bench.machine import Machine
from tests.bench.page_chrome import add_page_chrome
from tests.bench.page_set import PageSet
from tests.bench.pages import load_saved, make_sample
from tests.bench.scores import Score, score_sample, score_saved
from tests.bench.workers import BenchWorker, Timing, pick_processor

LogLine = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """Number of pages, of timed pages, and of rounds. ``saved`` 0: all saved pages."""

    sample: int = 210
    sample_timed: int = 100
    saved: int = 0
    saved_timed: int = 36
    rounds: int = 4


FULL = Size()
QUICK = Size(sample=28, sample_timed=10, saved=12, saved_timed=6, rounds=1)


@dataclass(frozen=True, slots=True)
class Speed:
    """Speed on one processor over ``pages`` pages. ``wall`` and ``cpu``: seconds of the fastest round; ``wall_median``:
    of the median round. ``ratio`` and ``cpu_ratio``: speed relative to bare trafilatura with metadata, by the fastest
    rounds of both. ``peak``: bytes of memory, including child processes.
    """

    pages: int
    wall: float
    wall_median: float
    cpu: float
    ratio: float
    cpu_ratio: float
    peak: int

    @property
    def per_second(self) -> float:
        return self.pages / self.wall


@dataclass(frozen=True, slots=True)
class Row:
    """One tool on one set of pages."""

    name: str
    version: str
    ours: bool
    score: Score
    speed: Speed


@dataclass(frozen=True, slots=True)
class Board:
    """All tools on one set of pages."""

    name: str
    title: str
    rows: tuple[Row, ...]

    def find(self, name: str) -> Row:
        """Return the row of a tool."""
        return next(row for row in self.rows if row.name == name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole run; ``missing`` lists what was left out, with the reason."""

    machine: Machine
    boards: tuple[Board, ...]
    missing: tuple[str, ...]


def run_clean(
    size: Size = FULL,
    saved: Path | None = None,
    log_line: LogLine = print,
    tools: Sequence[ExtractionTool] = EXTRACTION_TOOLS,
) -> Outcome:
    """Run the benchmark; ``saved`` is a folder of saved pages, with its scorer in ``tools`` two folders up."""
    machine = Machine.read()
    missing = [f"{one.name} is not installed (make bench installs it)." for one in tools if not one.present]
    present = [one for one in tools if one.present]
    sample = make_sample(size.sample, size.sample_timed)
    sets = [sample, add_page_chrome(sample)]
    scorer = saved.parents[1] / "tools" / "score_articles.py" if saved else None
    if saved and scorer and scorer.exists() and (saved / "INDEX.tsv").exists():
        sets.append(load_saved(saved, size.saved_timed, size.saved))
    else:
        missing.append(f"No saved pages{f' in {saved}' if saved else ''}: the sample network alone was read.")
    boards = tuple(_run_set(one, present, size.rounds, scorer, log_line) for one in sets)
    return Outcome(machine, boards, tuple(missing))


def _run_set(
    pages: PageSet, tools: Sequence[ExtractionTool], rounds: int, scorer: Path | None, log_line: LogLine
) -> Board:
    processor = pick_processor()
    # Saved pages have no sources here, so tools that use page rules are left out.
    tools = [one for one in tools if pages.folder is None or not one.by_rule]
    with ExitStack() as stack:
        log_line(f"{pages.title}: {len(pages.cases)} pages, {len(tools)} tools")
        # Tools must not see the truth.
        cases = [replace(case, truth=None) for case in pages.cases]
        workers = [stack.enter_context(BenchWorker(one.name, cases, processor)) for one in tools]
        for worker in workers:
            worker.wait()
        found: dict[str, list[ExtractedPage]] = {}
        for worker in workers:
            log_line(f"  {worker.name}: reads all")
            found[worker.name] = worker.read(range(len(pages.cases)))
        timings: dict[str, list[Timing]] = {worker.name: [] for worker in workers}
        for number in range(rounds):
            log_line(f"  round {number + 1} of {rounds}, {len(pages.timed)} pages each")
            # Alternate the direction, so that no tool always follows the same other one.
            for worker in workers if number % 2 == 0 else reversed(workers):
                timings[worker.name].append(worker.time(pages.timed))
        peaks = {worker.name: worker.measure_memory() for worker in workers}
    rows = []
    for one in tools:
        if pages.folder is None:
            score = score_sample(pages.cases, found[one.name])
        else:
            assert scorer is not None
            score = score_saved(pages.cases, found[one.name], pages.folder, scorer)
        speed = measure_speed(timings[one.name], timings.get(BASE, []), len(pages.timed), peaks[one.name])
        rows.append(Row(one.name, one.version, one.ours, score, speed))
    return Board(pages.name, pages.title, tuple(rows))


def measure_speed(timings: Sequence[Timing], base: Sequence[Timing], pages: int, peak: int) -> Speed:
    """Return the speed of some rounds, relative to the base's rounds; ratios are 0 if there is no base."""
    wall, cpu = min(timing.wall for timing in timings), min(timing.cpu for timing in timings)
    return Speed(
        pages=pages,
        wall=wall,
        wall_median=median(timing.wall for timing in timings),
        cpu=cpu,
        ratio=min(timing.wall for timing in base) / wall if base else 0.0,
        cpu_ratio=min(timing.cpu for timing in base) / cpu if base and cpu else 0.0,
        peak=peak,
    )
