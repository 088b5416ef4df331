"""Databases with many signed and folded articles: loaded once, and kept as long as needed.

The last days, a little more than the window, are articles of the sample network with different texts, signed and folded
by the stages' own functions; only their candidates are looked up in memory, six hours of articles at a time. Older
articles, which are not compared with new ones, repeat those days, moved back in time, under other IDs and keys
(``database_loader.sql``). Pages and texts are left out: folding reads only the credited source of a version.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import embedded, migrate
from copydesk.pipeline.incremental.fold import fold_articles
from copydesk.pipeline.incremental.match import save_edges
from copydesk.pipeline.match import find_candidates, is_worth_storing, verify
from copydesk.pipeline.sign import sign
from copydesk.pipeline.store.sketches import ensure_profile, save_sketches
from tests.bench.sample_articles import START, connect_for_loading, insert_articles, make_unsigned, read_articles

PROFILE = Profile()
HOURS_AT_ONCE = 6
WINDOW_DAYS = 4.5
WORKERS = 2


def load_database(server: embedded.EmbeddedServer, name: str, network: Network, articles: int) -> None:
    """Create the database. It gets its name only at the end, so that an interrupted load is repeated."""
    span = timedelta(days=min(articles / network.per_day, WINDOW_DAYS))
    until = START + span
    address = make_database(server, f"{name}_loading")
    began = time.perf_counter()
    firsts = [START + timedelta(hours=number) for number in range(0, int((until - START) / timedelta(hours=1)) + 1, 6)]
    loaded = 0
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(load_hours, address, network, first, until) for first in firsts]):
            loaded += done.result()
            print(f"\r{loaded:,} articles, {time.perf_counter() - began:.0f} s", end="", file=sys.stderr, flush=True)
    multiply_articles(address, loaded, articles, span)
    finalize_database(server, address)
    print(file=sys.stderr)
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(f"{name}_loading"), sql.Identifier(name)))


def database_exists(server: embedded.EmbeddedServer, name: str) -> bool:
    with closing(psycopg.connect(server.url("postgres"))) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def load_hours(address: str, network: Network, first: datetime, until: datetime) -> int:
    """Load the articles of some hours' stories, signed and folded; return how many."""
    hours = [first + timedelta(hours=number) for number in range(HOURS_AT_ONCE)]
    found = [make_unsigned(one) for one in read_articles(network, hours, first, until)]
    sketches = sign([one.document for one in found], PROFILE)
    edges = (verify(sketches[i], sketches[j], PROFILE) for i, j in find_candidates(sketches, PROFILE))
    kept = sorted(filter(is_worth_storing, edges), key=lambda edge: (edge.a, edge.b))
    with closing(connect_for_loading(address)) as connection:
        insert_articles(connection, found)
        save_sketches(connection, list(zip(found, sketches, strict=True)), PROFILE)
        save_edges(connection, kept, PROFILE)
        connection.commit()
        fold_articles(connection, [UUID(one.document.id) for one in found], PROFILE)
        connection.commit()
    return len(found)


def multiply_articles(address: str, loaded: int, articles: int, span: timedelta) -> None:
    """Repeat the loaded articles, moved back in time, until there are ``articles``."""
    script = Path(__file__).with_suffix(".sql").read_text("utf-8")
    spread = 0x9E3779B97F4A7C16
    with closing(connect_for_loading(address)) as connection, psycopg.ClientCursor(connection) as cursor:
        whole, number = loaded, 0
        while whole < articles:
            number += 1
            since = START + span * max(1 - (articles - whole) / loaded, 0)
            mask = number * spread % 2**63 & ~1
            times = {"since": since, "shift": span * number, "window": PROFILE.window_hours}
            values = {"number": str(number), "mask": mask, **times}
            cursor.execute(script, values)
            connection.commit()
            row = cursor.execute("SELECT count(*) FROM copydesk.article").fetchone()
            whole = row[0] if row else articles
            print(f"\r{whole:,} articles", end="", file=sys.stderr, flush=True)
            if whole > 0.995 * articles:
                break


def make_database(server: embedded.EmbeddedServer, name: str) -> str:
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        # Only while it is loaded: after a crash, the load is repeated.
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")
    with closing(psycopg.connect(server.url(name), autocommit=True)) as connection:
        migrate(connection)
        ensure_profile(connection, PROFILE)
    return server.url(name)


def finalize_database(server: embedded.EmbeddedServer, address: str) -> None:
    """Vacuum and checkpoint the database, as the server does after a while, and restore the default settings."""
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        connection.execute("ALTER SYSTEM RESET full_page_writes")
        connection.execute("SELECT pg_reload_conf()")
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
