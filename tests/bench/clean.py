"""The cleaning part: who reads pages best, and how fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from tests.bench.extractors import BASE, CONTENDERS, Contender, Found
from tests.bench.machine import Machine
from tests.bench.page_chrome import dress_pages
from tests.bench.page_set import PageSet
from tests.bench.pages import load_saved, make_sample
from tests.bench.scores import Score, score_sample, score_saved
from tests.bench.workers import Lane, Turn, pick_processor

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is read: pages, and of them those that are timed, in so many rounds. ``saved`` 0: all there are."""

    sample: int = 210
    sample_timed: int = 100
    saved: int = 0
    saved_timed: int = 36
    rounds: int = 4


FULL = Size()
QUICK = Size(sample=28, sample_timed=10, saved=12, saved_timed=6, rounds=1)


@dataclass(frozen=True, slots=True)
class Speed:
    """Over ``pages`` pages on one processor. ``wall`` and ``cpu``: seconds of the fastest round, ``wall_median`` of the
    middle one. ``ratio`` and ``cpu_ratio``: how many times as fast as bare trafilatura with metadata, by the fastest
    rounds of both. ``peak`` bytes of memory, children's too.
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
    """One contender on one set of pages."""

    name: str
    version: str
    ours: bool
    score: Score
    speed: Speed


@dataclass(frozen=True, slots=True)
class Board:
    """All contenders on one set of pages."""

    name: str
    title: str
    rows: tuple[Row, ...]

    def find(self, name: str) -> Row:
        """The row of a contender."""
        return next(row for row in self.rows if row.name == name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole run; ``missing`` are lines on what was left out, and why."""

    machine: Machine
    boards: tuple[Board, ...]
    missing: tuple[str, ...]


def run_clean(
    size: Size = FULL,
    saved: Path | None = None,
    told: Told = print,
    contenders: Sequence[Contender] = CONTENDERS,
) -> Outcome:
    """Measure; ``saved`` is a folder of saved pages, with its scorer in ``tools`` two folders up."""
    machine = Machine.read()
    missing = [f"{one.name} is not installed (make bench installs it)." for one in contenders if not one.present]
    present = [one for one in contenders if one.present]
    sample = make_sample(size.sample, size.sample_timed)
    sets = [sample, dress_pages(sample)]
    scorer = saved.parents[1] / "tools" / "score_articles.py" if saved else None
    if saved and scorer and scorer.exists() and (saved / "INDEX.tsv").exists():
        sets.append(load_saved(saved, size.saved_timed, size.saved))
    else:
        missing.append(f"No saved pages{f' in {saved}' if saved else ''}: the sample network alone was read.")
    boards = tuple(_run_set(one, present, size.rounds, scorer, told) for one in sets)
    return Outcome(machine, boards, tuple(missing))


def _run_set(pages: PageSet, contenders: Sequence[Contender], rounds: int, scorer: Path | None, told: Told) -> Board:
    processor = pick_processor()
    # Saved pages have no sources here: with them there is one way only.
    contenders = [one for one in contenders if pages.folder is None or not one.by_rule]
    with ExitStack() as stack:
        told(f"{pages.title}: {len(pages.sheets)} pages, {len(contenders)} contenders")
        # The truth stays here.
        sheets = [replace(sheet, truth=None) for sheet in pages.sheets]
        lanes = [stack.enter_context(Lane(one.name, sheets, processor)) for one in contenders]
        for lane in lanes:
            lane.wait()
        found: dict[str, list[Found]] = {}
        for lane in lanes:
            told(f"  {lane.name}: reads all")
            found[lane.name] = lane.read(range(len(pages.sheets)))
        turns: dict[str, list[Turn]] = {lane.name: [] for lane in lanes}
        for number in range(rounds):
            told(f"  round {number + 1} of {rounds}, {len(pages.timed)} pages each")
            # Forth and back, so that nobody always follows the same neighbour.
            for lane in lanes if number % 2 == 0 else reversed(lanes):
                turns[lane.name].append(lane.time(pages.timed))
        peaks = {lane.name: lane.measure_memory() for lane in lanes}
    rows = []
    for one in contenders:
        if pages.folder is None:
            score = score_sample(pages.sheets, found[one.name])
        else:
            assert scorer is not None
            score = score_saved(pages.sheets, found[one.name], pages.folder, scorer)
        speed = measure_speed(turns[one.name], turns.get(BASE, []), len(pages.timed), peaks[one.name])
        rows.append(Row(one.name, one.version, one.ours, score, speed))
    return Board(pages.name, pages.title, tuple(rows))


def measure_speed(turns: Sequence[Turn], base: Sequence[Turn], pages: int, peak: int) -> Speed:
    """Return the speed of some rounds, relative to the base's rounds; ratios are 0 if there is no base."""
    wall, cpu = min(turn.wall for turn in turns), min(turn.cpu for turn in turns)
    return Speed(
        pages=pages,
        wall=wall,
        wall_median=median(turn.wall for turn in turns),
        cpu=cpu,
        ratio=min(turn.wall for turn in base) / wall if base else 0.0,
        cpu_ratio=min(turn.cpu for turn in base) / cpu if base and cpu else 0.0,
        peak=peak,
    )
