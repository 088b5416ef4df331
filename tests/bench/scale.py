"""What folding 1,000 new articles costs, by how many stand already.

    python -m tests.bench.scale --articles 100000 1000000 [--per-day 33333 | --days 30] [--json]

Each size gets a database of its own on an embedded server in a temporary home, under the default settings. The last
days before the new articles, as many as the window has and a little more, are the sample network's copy, text by
text, signed and folded by the stages' own functions; only its candidates are looked up in memory, among six hours of
copy at a time. What is older, which nobody is compared with, is those days again, moved back, under other ids and
keys (``scale.sql``). The pages and texts of the articles that stand are left out, for folding reads no more of a
version than whose it says it is. Then the next 1,000 articles arrive, six times, and are signed, matched and folded
in a process of their own, as the tasks do; the first time, which finds nothing in the server's memory, is not counted.

With ``--home`` the databases are kept: called again, nothing is loaded, and the articles that come next are folded.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import Connection, sql

from crawler.sample.article import Article, make_article
from crawler.sample.network import Network
from crawler.sample.plan import LONGEST, plans_of_hour
from pipeline.config import Settings
from pipeline.db import Row, embedded, migrate
from pipeline.fold import fold_articles
from pipeline.match import find_candidates, is_kept, match_articles, verify
from pipeline.match.tables import put_edges
from pipeline.profile import Profile
from pipeline.records import WITHDRAWING, Document
from pipeline.sign import sign, sign_articles
from pipeline.sketches import Unsigned, ensure_profile, put_sketches

START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS_AT_ONCE = 6
NEW = 1_000
BATCHES = 6
WINDOW_DAYS = 4.5
WORKERS = 2
PROFILE = Profile()
TABLES = ("sketch", "sketch_key", "edge", "story", "story_member", "story_origin", "story_event")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds a stage for one batch, processor seconds of worker and server process together, which tell more on a
    machine that is shared, pairs compared, and the peak memory of both in MB."""

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


def read_articles(network: Network, hours: Iterable[datetime], since: datetime, until: datetime) -> Iterator[Article]:
    """The articles published in [since, until) of the stories that break in these hours."""
    for hour in hours:
        for plan in plans_of_hour(network, hour):
            for release in plan.releases:
                if since <= release.at < until:
                    yield make_article(plan, release)


def make_unsigned(article: Article) -> Unsigned:
    """What signing is given for an article."""
    body = "\n\n".join(article.paragraphs)
    name = f"{article.wire}{article.path}"
    article_id = str(_make_id(name))
    withdrawn = article.notice in WITHDRAWING
    document = Document(article_id, article.printed_title, body, article.published_at, notice=article.notice)
    return Unsigned(_make_id(name + body), withdrawn, document)


def load_hours(address: str, network: Network, first: datetime, until: datetime) -> int:
    """Put the copy of some hours' stories into the database, signed and folded; how many articles."""
    hours = [first + timedelta(hours=number) for number in range(HOURS_AT_ONCE)]
    found = [make_unsigned(one) for one in read_articles(network, hours, first, until)]
    sketches = sign([one.document for one in found], PROFILE)
    edges = (verify(sketches[i], sketches[j], PROFILE) for i, j in find_candidates(sketches, PROFILE))
    kept = sorted(filter(is_kept, edges), key=lambda edge: (edge.a, edge.b))
    with closing(connect_loading(address)) as connection:
        put_articles(connection, found)
        put_sketches(connection, list(zip(found, sketches, strict=True)), PROFILE)
        put_edges(connection, kept, PROFILE)
        connection.commit()
        fold_articles(connection, [UUID(one.document.id) for one in found], PROFILE)
        connection.commit()
    return len(found)


def connect_loading(address: str) -> Connection[Row]:
    """A connection that checks no foreign keys and waits for no disk."""
    return psycopg.connect(address, options="-c session_replication_role=replica -c synchronous_commit=off")


def put_articles(connection: Connection[Row], found: Sequence[Unsigned], *, whole: bool = False) -> None:
    """Write articles; ``whole``: with their texts, so that they can be signed from the database."""
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY copydesk.article (article_id, wire, canonical_url, published_at, published_given, title,"
            " current_version, notice, withdrawn) FROM STDIN"
        ) as rows:
            for one in found:
                told = one.document
                url = f"https://wire.example/{told.id}"
                given = (told.id, "sample", url, told.published_at, True, told.title)
                rows.write_row((*given, one.version_id, told.notice, one.withdrawn))
        with cursor.copy(
            "COPY copydesk.article_version (version_id, article_id, page_id, fetched_at, title, body, notice, cleaner)"
            " FROM STDIN"
        ) as rows:
            for one in found:
                told = one.document
                texts = (told.title, told.body) if whole else ("", "")
                row = (one.version_id, told.id, one.version_id, told.published_at, *texts, told.notice)
                rows.write_row((*row, "bench"))


def fold_new(address: str, articles: Sequence[UUID]) -> Cost:
    """Sign, match and fold, each in a transaction of its own, as the tasks do."""
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
    """Processor seconds of this process and that one; of this one alone where the system has no /proc."""
    status = Path(f"/proc/{pid}/stat")
    ticks = sum(map(int, status.read_text().rpartition(")")[2].split()[11:13])) if status.exists() else 0
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def measure(server: embedded.Server, articles: int, per_day: int) -> dict[str, object]:
    """Load so many articles of copy at so many a day, unless they are loaded, then fold the next ones."""
    network = Network(per_day=per_day)
    name = f"scale_{articles}_{per_day}"
    took = 0.0
    if not is_made(server, name):
        told = time.perf_counter()
        load(server, name, network, articles)
        took = time.perf_counter() - told
    address = server.url(name)
    new = read_next(address, network)
    spawn = multiprocessing.get_context("spawn")
    costs = []
    for first in range(0, len(new), NEW):
        some = new[first : first + NEW]
        with closing(connect_loading(address)) as connection:
            put_articles(connection, some, whole=True)
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


def load(server: embedded.Server, name: str, network: Network, articles: int) -> None:
    """Make the database; one that a broken loading left is made again, for it has its name at the end alone."""
    span = timedelta(days=min(articles / network.per_day, WINDOW_DAYS))
    until = START + span
    address = make_database(server, f"{name}_loading")
    told = time.perf_counter()
    firsts = [START + timedelta(hours=number) for number in range(0, int((until - START) / timedelta(hours=1)) + 1, 6)]
    loaded = 0
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(load_hours, address, network, first, until) for first in firsts]):
            loaded += done.result()
            print(f"\r{loaded:,} articles, {time.perf_counter() - told:.0f} s", end="", file=sys.stderr, flush=True)
    multiply(address, loaded, articles, span)
    settle(server, address)
    print(file=sys.stderr)
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(f"{name}_loading"), sql.Identifier(name)))


def read_next(address: str, network: Network) -> list[Unsigned]:
    """The first articles published after all that stand."""
    with closing(psycopg.connect(address)) as connection:
        row = connection.execute("SELECT max(published_at) FROM copydesk.article").fetchone()
    # Those that were loaded end at a full or a half hour, those folded since anywhere.
    since = row[0] + timedelta(microseconds=1) if row and row[0] else START
    back = int(LONGEST / timedelta(hours=1)) + 1
    ahead = int(1.5 * 24 * NEW * BATCHES / network.per_day) + 1
    hour = since.replace(minute=0, second=0, microsecond=0)
    hours = [hour + timedelta(hours=number) for number in range(-back, ahead + 1)]
    until = since + timedelta(hours=ahead)
    coming = (make_unsigned(one) for one in read_articles(network, hours, since, until))
    return sorted(coming, key=lambda one: (one.document.published_at, one.document.id))[: NEW * BATCHES]


def read_span(address: str) -> dict[str, object]:
    """How many articles are folded, and of how many days."""
    with closing(psycopg.connect(address)) as connection:
        row = connection.execute(
            "SELECT count(*), extract(epoch FROM max(published_at) - min(published_at)) / 86400 FROM copydesk.sketch"
        ).fetchone()
    return {"articles": row[0], "days": round(float(row[1]), 1)} if row else {}


def is_made(server: embedded.Server, name: str) -> bool:
    with closing(psycopg.connect(server.url("postgres"))) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def multiply(address: str, loaded: int, articles: int, span: timedelta) -> None:
    """Repeat what is loaded, moved back in time, until there are so many articles."""
    script = Path(__file__).with_suffix(".sql").read_text("utf-8")
    spread = 0x9E3779B97F4A7C16
    with closing(connect_loading(address)) as connection, psycopg.ClientCursor(connection) as cursor:
        whole, number = loaded, 0
        while whole < articles:
            number += 1
            since = START + span * max(1 - (articles - whole) / loaded, 0)
            mask = number * spread % 2**63 & ~1
            values = {"number": str(number), "since": since, "shift": span * number, "mask": mask}
            cursor.execute(script, values)
            connection.commit()
            row = cursor.execute("SELECT count(*) FROM copydesk.article").fetchone()
            whole = row[0] if row else articles
            print(f"\r{whole:,} articles", end="", file=sys.stderr, flush=True)
            if whole > 0.995 * articles:
                break


def make_database(server: embedded.Server, name: str) -> str:
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        # While it is loaded only: what is lost by a crash is loaded again.
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")
    with closing(psycopg.connect(server.url(name), autocommit=True)) as connection:
        migrate(connection)
        ensure_profile(connection, PROFILE)
    return server.url(name)


def settle(server: embedded.Server, address: str) -> None:
    """What the server would have done by itself after a while, and its settings as they are by default."""
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        connection.execute("ALTER SYSTEM RESET full_page_writes")
        connection.execute("SELECT pg_reload_conf()")
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def read_sizes(address: str) -> dict[str, dict[str, int]]:
    """Of each table the bytes that it and its indexes take for each signed article, and the rows for each."""
    with closing(psycopg.connect(address)) as connection:
        sizes = {}
        whole = connection.execute("SELECT count(*) FROM copydesk.sketch").fetchone()
        articles = whole[0] if whole else 1
        for table in TABLES:
            name = sql.Identifier("copydesk", table)
            query = sql.SQL("SELECT count(*), pg_table_size({0}), pg_indexes_size({0}) FROM {1}")
            row = connection.execute(query.format(sql.Literal(f"copydesk.{table}"), name)).fetchone() or (0, 0, 0)
            sizes[table] = {
                "table": round(row[1] / articles), "indexes": round(row[2] / articles),
                "rows_per_100": round(100 * row[0] / articles),
            }  # fmt: skip
    return sizes


def _make_id(name: str) -> UUID:
    return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16])


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
    try:
        for articles in chosen.articles:
            per_day = articles // chosen.days if chosen.days else chosen.per_day
            print(json.dumps(measure(server, articles, per_day), indent=1), flush=True)
    finally:
        embedded.stop(settings)
        if chosen.home is None:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
