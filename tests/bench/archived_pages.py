"""Import a WARC file of sample pages with a kill midway, process it, move the pages to the archive, and process again.

    python -m tests.bench.archived_pages --pages 20000 --folder FOLDER

The folder gets the WARC file, the sources, the database and the archive; the database is created anew.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import psycopg
import typer

from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.printed_article import make_article
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.source_toml import write_sources
from copydesk.crawler.sample.story_plan import plans_between
from copydesk.crawler.sample.website import Site
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.db.rows import fetch_values
from copydesk.pipeline.db.session import database_session
from copydesk.pipeline.maintenance.page_archiving import archive_pages
from copydesk.pipeline.maintenance.retention import vacuum_analyze
from copydesk.pipeline.page_archive.warc_records import Capture, WarcWriter
from copydesk.pipeline.runs.stages import PAGE_BATCH_SIZE
from copydesk.pipeline.store.articles import batched
from copydesk.pipeline.store.stored_pages import UnreadablePage, read_pages

START = datetime(2026, 1, 5, tzinfo=UTC)
PAGES = (
    "SELECT page_id FROM copydesk.page JOIN copydesk.page_content USING (content_sha256)"
    " ORDER BY warc_file_id NULLS FIRST, warc_offset, page_id"
)
COMMAND = (sys.executable, "-m", "copydesk.pipeline.cli.main")
ARTICLES = (
    "SELECT count(*)::int, md5(string_agg(a::text, '' ORDER BY a.article_id, v.version_id)), (SELECT count(*)::int"
    " FROM copydesk.page_result WHERE outcome = 'quarantined') FROM copydesk.article a"
    " JOIN (SELECT version_id, article_id, page_id, title, body, fetched_at FROM copydesk.article_version) v"
    " USING (article_id)"
)
STORED_BYTES = (
    "SELECT count(*)::int, coalesce(sum(octet_length(body)), 0)::bigint, pg_database_size(current_database())"
    " FROM copydesk.page_body"
)


def main(pages: Annotated[int, typer.Option()] = 20_000, folder: Annotated[Path, typer.Option()] = Path()) -> None:
    """Measure every step; print one line each."""
    folder = folder.absolute()
    shutil.rmtree(folder / "home", ignore_errors=True)
    shutil.rmtree(folder / "archive", ignore_errors=True)
    os.environ |= {
        "COPYDESK_HOME": str(folder / "home"),
        "COPYDESK_SOURCES": str(folder / "sources"),
        "COPYDESK_PAGE_ARCHIVE__URL": (folder / "archive").as_uri(),
    }
    warc = folder / f"sample-{pages}.warc.gz"
    if not warc.exists():
        write_warc(warc, folder / "sources", pages)
    print_step("WARC file", bytes=warc.stat().st_size)
    with measure("plain reading with fastwarc"):
        run(sys.executable, "-c", READ, str(warc))
    settings = load_settings()
    with database_session(settings, create=True) as _:
        with measure("import until the kill"):
            import_until(warc, pages // 2)
        print_rows("after the kill", "SELECT count(*)::int FROM copydesk.page")
        with measure("import resumed"):
            report = json.loads(run(*COMMAND, "import", str(warc), "--json"))
        print_step(
            "report", **{name: report[name] for name in ("records", "stored", "unchanged", "refused", "filtered")}
        )
        print_rows("imported", "SELECT count(*)::int, count(DISTINCT url)::int FROM copydesk.page")
        with measure("reading from the database"):
            print_step("bytes", bytes=read_all())
        with measure("run from the database"):
            process(folder)
        print_rows("articles", ARTICLES)
        vacuum_analyze(settings)
        print_rows("pages in the database", STORED_BYTES)
        with measure("archive"):
            result = archive_pages(settings, datetime.now(UTC) + timedelta(days=70), print)
        print_step("archived", contents=result.contents, freed=result.freed_bytes, written=result.written_bytes)
        print_rows("pages in the database", STORED_BYTES)
        with measure("reading from the archive"):
            print_step("bytes", bytes=read_all())
        with psycopg.connect(locate(), autocommit=True) as connection:
            connection.execute("TRUNCATE copydesk.article, copydesk.page_result, copydesk.profile CASCADE")
        with measure("run from the archive"):
            process(folder)
        print_rows("articles", ARTICLES)


READ = """
import sys
from fastwarc.warc import ArchiveIterator
size = sum(len(record.reader.read()) for record in ArchiveIterator(open(sys.argv[1], "rb"), auto_decode="all"))
print(size)
"""


def write_warc(path: Path, sources: Path, pages: int) -> None:
    """Write the pages of the sample network from its start, each under a host of its wire."""
    network = Network(per_day=max(10, pages + pages // 8))
    origins = {name: f"https://www.{name}.example" for name in load_wires()}
    write_sources(sources, origins)
    end = START + timedelta(days=1)
    sites = {name: Site(network, wire, origins[name], lambda: end) for name, wire in load_wires().items()}
    releases = (
        (plan, release) for plan in plans_between(network, START, end) for release in plan.releases
        if START <= release.at < end
    )  # fmt: skip
    with path.with_suffix(".partial").open("wb") as file:
        writer, written = WarcWriter(file), 0
        for plan, release in releases:
            article = make_article(plan, release)
            reply = sites[article.wire].respond(article.path, {}, {})
            url, kind = origins[article.wire] + article.path, reply.headers["content-type"]
            writer.write(reply.body, [Capture(url, article.published_at, reply.status, kind)])
            written += 1
            if written == pages:
                break
    path.with_suffix(".partial").replace(path)
    print_step("written", pages=written)


def import_until(warc: Path, pages: int) -> None:
    """Import, and kill the process as soon as so many pages are stored."""
    child = subprocess.Popen([*COMMAND, "import", str(warc)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with psycopg.connect(locate(), autocommit=True) as connection:
        while child.poll() is None:
            row = connection.execute("SELECT to_regclass('copydesk.page'), count(*) FROM copydesk.page").fetchone()
            if row is not None and row[1] >= pages:
                child.kill()
                break
            time.sleep(0.1)
    child.wait()


def process(folder: Path) -> None:
    """Make articles and stories of the stored pages."""
    wires = sorted(path.stem for path in (folder / "sources").glob("*.toml"))
    window = ("--since", START.isoformat(), "--until", (START + timedelta(days=1)).isoformat())
    run(*COMMAND, "run", *wires, "--mode", "stored", *window, "--quiet")


def read_all() -> int:
    """Read all pages as a run does; return the number of their bytes."""
    settings = load_settings()
    size = 0
    with read_transaction(settings) as connection:
        pages = fetch_values(connection, UUID, PAGES)
        for page_ids in batched(pages, PAGE_BATCH_SIZE):
            for stored in read_pages(connection, page_ids, settings.page_archive.url):
                if isinstance(stored, UnreadablePage):
                    raise stored.error
                size += len(stored.page.body)
    return size


def run(*command: str) -> str:
    """Return the output of a command."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def locate() -> str:
    """Return the address of the database."""
    from copydesk.pipeline.db.connection import locate_database

    return locate_database(load_settings())


@contextmanager
def measure(step: str) -> Iterator[None]:
    """Print the time of a step; the processor time is that of this process and its children, without PostgreSQL."""
    began, used = time.perf_counter(), get_processor_seconds()
    yield
    print_step(step, wall=round(time.perf_counter() - began, 1), processor=round(get_processor_seconds() - used, 1))


def get_processor_seconds() -> float:
    """Return the processor time of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in usages)


def print_rows(step: str, query: str) -> None:
    """Print the result of a query."""
    with psycopg.connect(locate(), autocommit=True) as connection:
        print_step(step, rows=connection.execute(query.encode()).fetchall())


def print_step(step: str, **values: object) -> None:
    """Print a line."""
    print(f"{step:28}", " ".join(f"{name}={value}" for name, value in values.items()), flush=True)


if __name__ == "__main__":
    typer.run(main)
