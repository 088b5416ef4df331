"""The cost of folding 1,000 new articles, by the number of stored articles.

    python -m tests.bench.scale --articles 100000 1000000 [--per-day 33333 | --days 30] [--home FOLDER]

Each size gets its own database (``tests.bench.database_loader``) on an embedded server in a temporary home, with the
default settings. Then six batches of the next 1,000 articles are signed, matched and folded in a separate process, as
the tasks do; the first batch, for which the server's memory is empty, is not counted.

Each size is printed as JSON, and the claims about growth as *shown* or *NOT shown* on standard error. With ``--home``
the databases are kept: a second call loads nothing and folds the following articles.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded
from copydesk.pipeline.incremental.fold import fold_articles
from copydesk.pipeline.incremental.match import match_articles
from copydesk.pipeline.incremental.sign import sign_articles
from tests.bench.database_loader import PROFILE, database_exists, load_database
from tests.bench.growth_claims import GrowthMeasurement, check_growth
from tests.bench.sample_articles import connect_for_loading, insert_articles, read_next_articles

NEW = 1_000
BATCHES = 6
TABLES = ("sketch", "sketch_key", "edge", "story", "story_member", "story_origin", "story_event")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds per stage for one batch; processor seconds of worker and server process together, which are more reliable
    on a shared machine; compared pairs; and the peak memory of both in MB.
    """

    sign: float
    match: float
    fold: float
    cpu: float
    candidates: int
    edges: int
    worker_mb: float
    backend_mb: float

    @property
    def total(self) -> float:
        return self.sign + self.match + self.fold


def fold_new(address: str, articles: Sequence[UUID]) -> Cost:
    """Sign, match and fold, each in its own transaction, like the tasks."""
    with closing(psycopg.connect(address)) as connection:
        pid = connection.info.backend_pid
        spent = read_cpu(pid)
        clock = [time.perf_counter()]
        sign_articles(connection, articles, PROFILE)
        connection.commit()
        clock.append(time.perf_counter())
        counts = match_articles(connection, articles, PROFILE)
        connection.commit()
        clock.append(time.perf_counter())
        fold_articles(connection, articles, PROFILE)
        connection.commit()
        clock.append(time.perf_counter())
        spent = read_cpu(pid) - spent
        status = Path(f"/proc/{pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        anonymous = next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)
    signing, matching, folding = (after - before for before, after in pairwise(clock))
    worker = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(signing, matching, folding, spent, counts.candidates, counts.written, worker, anonymous / 1024)


def read_cpu(pid: int) -> float:
    """Return the processor seconds of this process and of process ``pid``; of this process only, without /proc."""
    status = Path(f"/proc/{pid}/stat")
    ticks = sum(map(int, status.read_text().rpartition(")")[2].split()[11:13])) if status.exists() else 0
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def measure(server: embedded.EmbeddedServer, articles: int, per_day: int) -> dict[str, object]:
    """Load ``articles`` articles at ``per_day`` per day unless they are loaded, then fold the next ones."""
    network = Network(per_day=per_day)
    name = f"scale_{articles}_{per_day}"
    took = 0.0
    if not database_exists(server, name):
        began = time.perf_counter()
        load_database(server, name, network, articles)
        took = time.perf_counter() - began
    address = server.url(name)
    new = read_next_articles(address, network, NEW * BATCHES)
    spawn = multiprocessing.get_context("spawn")
    costs = []
    for start in range(0, len(new), NEW):
        some = new[start : start + NEW]
        with closing(connect_for_loading(address)) as connection:
            insert_articles(connection, some, with_text=True)
            connection.commit()
        ids = [UUID(one.document.id) for one in some]
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            costs.append(pool.submit(fold_new, address, ids).result())
    first, *costs = costs
    return {
        **read_span(address),
        "per_day": per_day,
        "loading_s": round(took, 1),
        "fold_1000_s": round(statistics.median(cost.total for cost in costs), 3),
        "cpu_1000_s": round(statistics.median(cost.cpu for cost in costs), 3),
        "cold_1000_s": round(first.total, 3),
        "batches": [{name: round(value, 3) for name, value in asdict(cost).items()} for cost in costs],
        "bytes_an_article": read_sizes(address),
    }


def read_span(address: str) -> dict[str, object]:
    """Return how many articles are folded, and of how many days."""
    with closing(psycopg.connect(address)) as connection:
        row = connection.execute(
            "SELECT count(*), extract(epoch FROM max(published_at) - min(published_at)) / 86400 FROM copydesk.sketch"
        ).fetchone()
    return {"articles": row[0], "days": round(float(row[1]), 1)} if row else {}


def read_sizes(address: str) -> dict[str, dict[str, int]]:
    """Return, per table, the bytes of data and of indexes per signed article, and the rows per 100 articles."""
    with closing(psycopg.connect(address)) as connection:
        sizes = {}
        total = connection.execute("SELECT count(*) FROM copydesk.sketch").fetchone()
        articles = total[0] if total else 1
        for table in TABLES:
            name = sql.Identifier("copydesk", table)
            query = sql.SQL("SELECT count(*), pg_table_size({0}), pg_indexes_size({0}) FROM {1}")
            row = connection.execute(query.format(sql.Literal(f"copydesk.{table}"), name)).fetchone() or (0, 0, 0)
            sizes[table] = {
                "table": round(row[1] / articles), "indexes": round(row[2] / articles),
                "rows_per_100": round(100 * row[0] / articles),
            }  # fmt: skip
    return sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[100_000, 1_000_000])
    rate = parser.add_mutually_exclusive_group()
    rate.add_argument("--per-day", type=int, default=33_333, help="articles a day: more articles are more days")
    rate.add_argument("--days", type=int, help="so many days: more articles are more a day")
    parser.add_argument("--home", type=Path, help="keep the database here (default: a temporary folder, removed)")
    chosen = parser.parse_args()
    home = chosen.home or Path(tempfile.mkdtemp(prefix="copydesk-scale-"))
    settings = Settings(home=home)
    server = embedded.ensure_running(settings)
    found = []
    try:
        for articles in chosen.articles:
            per_day = articles // chosen.days if chosen.days else chosen.per_day
            result = measure(server, articles, per_day)
            print(json.dumps(result, indent=1), flush=True)
            found.append(GrowthMeasurement.read(result))
        for claim in check_growth(found):
            print(claim, file=sys.stderr)
    finally:
        embedded.stop_server(settings)
        if chosen.home is None:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
