"""The folding benchmark: speed of signing, quality and speed of deduplication, and the cost of more articles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.bench.agreement import Agreement, compare_groups
from tests.bench.dedupers import DEDUPERS, STOCK, DedupTool
from tests.bench.growth import measure_database_growth
from tests.bench.growth_claims import GrowthMeasurement
from tests.bench.machine import Machine
from tests.bench.signers import SIGNERS, SigningTool, find_signer
from tests.bench.stories import PER_DAY, StorySet, load_labelled, make_issues, make_sample, write_growing, write_lines
from tests.bench.workers import BenchWorker, Timing, pick_processor

LogLine = Callable[[str], None]
_MEASURE_COMMAND = Path(__file__).with_name("measure_command.py")
_ROOT = Path(__file__).resolve().parents[2]


class Step(StrEnum):
    """What to measure."""

    SIGN = "sign"
    DEDUP = "dedup"
    GROWTH = "growth"


@dataclass(frozen=True, slots=True)
class FoldSize:
    """Sizes: articles of the sample network, issues per type of series and their seed, labelled stories (0: all); texts
    to sign and rounds; rounds of dedup; stored articles and articles per day; the largest file to deduplicate in
    memory.
    """

    sample: int = 10_000
    issues: int = 64
    seed: int = 8
    labelled: int = 0
    signed: int = 2_000
    sign_rounds: int = 4
    dedup_rounds: int = 2
    stored_articles: tuple[int, ...] = (10_000, 100_000)
    per_day: int = PER_DAY
    in_memory: int = 100_000


FULL = FoldSize()
QUICK = FoldSize(200, 3, 8, 200, 40, 1, 1, (400,), 1_500, 400)


@dataclass(frozen=True, slots=True)
class Signing:
    """One tool on ``texts`` texts on one processor: seconds of its fastest round."""

    name: str
    package: str
    version: str
    way: str
    ours: bool
    texts: int
    wall: float
    cpu: float
    peak: int

    @property
    def per_second(self) -> float:
        return self.texts / self.wall


@dataclass(frozen=True, slots=True)
class Run:
    """One tool's whole process over ``articles`` articles: seconds of its fastest round, peak memory in bytes."""

    name: str
    package: str
    version: str
    way: str
    ours: bool
    articles: int
    wall: float
    cpu: float
    peak: int
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True)
class SignBoard:
    """All tools that signed one set of texts."""

    title: str
    rows: tuple[Signing, ...]

    def find(self, name: str) -> Signing | None:
        """Return the row of a tool, if it was measured."""
        return next((row for row in self.rows if row.name == name), None)


@dataclass(frozen=True, slots=True)
class DedupBoard:
    """All tools that deduplicated one set of articles."""

    name: str
    title: str
    rows: tuple[Run, ...]

    def find(self, name: str) -> Run | None:
        """Return the row of a tool, if it was measured."""
        return next((row for row in self.rows if row.name == name), None)


@dataclass(frozen=True, slots=True)
class FoldOutcome:
    """A whole run; ``missing`` lists what was left out, with the reason; ``failed``: the error of the last step."""

    machine: Machine
    signing: tuple[SignBoard, ...]
    dedup: tuple[DedupBoard, ...]
    memory_growth: tuple[DedupBoard, ...]
    database_growth: tuple[GrowthMeasurement, ...]
    missing: tuple[str, ...]
    failed: str = ""


def run_fold(
    size: FoldSize = FULL,
    labelled: Path | None = None,
    log_line: LogLine = print,
    steps: Sequence[Step] = tuple(Step),
    signers: Sequence[SigningTool] = SIGNERS,
    dedupers: Sequence[DedupTool] = DEDUPERS,
) -> FoldOutcome:
    """Run the benchmark; ``labelled`` is a folder of labelled stories."""
    machine = Machine.read()
    absent = sorted({one.package for one in (*signers, *dedupers) if not one.present})
    missing = [f"{name} is not installed (make bench installs it)." for name in absent]
    signers = [one for one in signers if one.present]
    dedupers = [one for one in dedupers if one.present]
    sets = [make_sample(size.sample), make_issues(size.seed, size.issues)]
    if labelled and (labelled / "pairs.tsv").exists():
        sets.insert(0, load_labelled(labelled, size.labelled))
    else:
        where = f" in {labelled}" if labelled else ""
        missing.append(f"No labelled stories{where}: the sample network and the series alone were folded.")
    signing: list[SignBoard] = []
    dedup: list[DedupBoard] = []
    memory_growth: list[DedupBoard] = []
    database_growth: list[GrowthMeasurement] = []
    failed = ""
    if Step.SIGN in steps:
        # The texts of series are too similar to measure speed with.
        signing = [_sign_set(one, signers, size, log_line) for one in sets if one.name != "series"]
    if Step.DEDUP in steps:
        dedup = [_dedup_set(one, dedupers, size.dedup_rounds, log_line) for one in sets]
    if Step.GROWTH in steps:
        memory_growth = _measure_memory_growth(size, [one for one in dedupers if one.name != STOCK], log_line)
        try:
            database_growth = measure_database_growth(size.stored_articles, log_line, size.per_day)
        except Exception as error:  # noqa: BLE001 - a server may fail in many ways, and the rest took minutes
            failed = f"The growth in the database was not measured: {type(error).__name__}: {error}"
    return FoldOutcome(
        machine, tuple(signing), tuple(dedup), tuple(memory_growth), tuple(database_growth), tuple(missing), failed
    )


def _sign_set(one: StorySet, signers: Sequence[SigningTool], size: FoldSize, log_line: LogLine) -> SignBoard:
    # Spread over the whole set, because its beginning may be of one hour.
    texts = one.bodies[:: max(1, len(one.lines) // size.signed)][: size.signed]
    log_line(f"{one.title}: {len(texts)} texts to sign, {len(signers)} tools")
    processor = pick_processor()
    everything = range(len(texts))
    with ExitStack() as stack:
        workers = [stack.enter_context(BenchWorker(who.name, texts, processor, find_signer)) for who in signers]
        for worker in workers:
            worker.wait()
            worker.time(everything)  # warm-up
        timings: dict[str, list[Timing]] = {worker.name: [] for worker in workers}
        for number in range(size.sign_rounds):
            log_line(f"  round {number + 1} of {size.sign_rounds}")
            for worker in workers if number % 2 == 0 else reversed(workers):
                timings[worker.name].append(worker.time(everything))
        peaks = {worker.name: worker.measure_memory() for worker in workers}
    rows = []
    for who in signers:
        wall = min(timing.wall for timing in timings[who.name])
        cpu = min(timing.cpu for timing in timings[who.name])
        given = (who.name, who.package, who.version, who.way, who.ours)
        rows.append(Signing(*given, len(texts), wall, cpu, peaks[who.name]))
    return SignBoard(one.title, tuple(rows))


def _dedup_set(one: StorySet, dedupers: Sequence[DedupTool], rounds: int, log_line: LogLine) -> DedupBoard:
    with tempfile.TemporaryDirectory(prefix="copydesk-bench-") as workdir:
        file = Path(workdir, f"{one.name}.jsonl")
        write_lines(one.lines, file)
        rows = _time_dedupers(one.title, file, len(one.lines), dedupers, rounds, log_line, one)
    return DedupBoard(one.name, one.title, rows)


def _measure_memory_growth(size: FoldSize, dedupers: Sequence[DedupTool], log_line: LogLine) -> list[DedupBoard]:
    boards = []
    with tempfile.TemporaryDirectory(prefix="copydesk-bench-") as workdir:
        for articles in (one for one in size.stored_articles if one <= size.in_memory):
            file = Path(workdir, f"{articles}.jsonl")
            written = write_growing(articles, file)
            title = f"{written:,} articles in memory"
            boards.append(DedupBoard(str(written), title, _time_dedupers(title, file, written, dedupers, 1, log_line)))
    return boards


def _time_dedupers(
    title: str,
    file: Path,
    articles: int,
    dedupers: Sequence[DedupTool],
    rounds: int,
    log_line: LogLine,
    known: StorySet | None = None,
) -> tuple[Run, ...]:
    costs: dict[str, list[dict[str, float]]] = {one.name: [] for one in dedupers}
    for number in range(rounds):
        for one in dedupers if number % 2 == 0 else reversed(dedupers):
            log_line(f"{title}: {one.name}, round {number + 1} of {rounds}")
            costs[one.name].append(_time_process(one, file))
    rows = []
    for one in dedupers:
        wall, cpu = (min(cost[key] for cost in costs[one.name]) for key in ("wall", "cpu"))
        peak = int(max(cost["peak"] for cost in costs[one.name]))
        agreement = None
        if known is not None:
            found = dict(line.split("\t") for line in _get_output_path(file, one).read_text("utf-8").splitlines())
            agreement = compare_groups(known.truth, found, known.kinds)
        given = (one.name, one.package, one.version, one.way, one.ours)
        rows.append(Run(*given, articles, wall, cpu, peak, agreement))
    return tuple(rows)


def _get_output_path(file: Path, one: DedupTool) -> Path:
    return file.with_name(f"{file.stem}.{one.name.replace(' ', '-')}.tsv")


def _time_process(one: DedupTool, file: Path) -> dict[str, float]:
    command = [sys.executable, "-S", str(_MEASURE_COMMAND), *one.write_command(file, _get_output_path(file, one))]
    with pinned():
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
    cost: dict[str, float] = json.loads(done.stdout) if done.returncode == 0 else {"status": done.returncode}
    if cost["status"] != 0:
        raise RuntimeError(f"{one.name} failed:\n{done.stderr}")
    return cost


@contextmanager
def pinned() -> Iterator[None]:
    """Bind the processes that are started meanwhile to one processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {pick_processor()})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
