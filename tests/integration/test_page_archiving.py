"""The page archive on PostgreSQL: months move to WARC files once, are read there, and survive a kill at any moment."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from copydesk.dags.commands.doctor import check_page_archive
from copydesk.pipeline.core.errors import BadSettings, PageArchiveUnreachable, Permanent, QuarantineError
from copydesk.pipeline.core.ids import make_page_id
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.db import transaction
from copydesk.pipeline.maintenance.retention import apply_retention
from copydesk.pipeline.page_archive.storage import open_storage
from copydesk.pipeline.store.pages import save_pages
from copydesk.pipeline.store.stored_pages import UnreadablePage, read_page, read_pages
from tests.archived_pages import FEBRUARY, FILE_BYTES, NOW, archive, make_fetched, read_bodies, store_pages
from tests.mockserver.fixtures import fetch_rows
from tests.run_keys import run_key_for
from tests.web_archive import make_page

COUNT = 60
KILLED_AT = (
    "warc_files.add_file", "warc_files.lock_incomplete_file", "storage.shutil.copyfileobj", "storage.Path.replace",
    "page_archiving.find_fault", "warc_files.move_contents", "warc_files.complete_file",
    "warc_files.list_outdated_files", "warc_files.delete_file",
)  # fmt: skip
"""The functions during which the process is killed, after the first file is complete."""
KILLED_PROCESS = """
import os, sys
from datetime import datetime
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.maintenance import page_archiving
from copydesk.pipeline.page_archive import storage
from copydesk.pipeline.store import warc_files
path, skip = sys.argv[1], int(sys.argv[2])
owner = globals()[path.partition(".")[0]]
*owners, name = path.split(".")[1:]
for one in owners:
    owner = getattr(owner, one)
called, calls = getattr(owner, name), []
def call_and_die(*arguments):
    calls.append(name)
    if len(calls) <= skip:
        return called(*arguments)
    if name == "copyfileobj":
        arguments[1].write(arguments[0].read(100))
        arguments[1].flush()
    else:
        called(*arguments)
    os.kill(os.getpid(), 9)
setattr(owner, name, call_and_die)
page_archiving.archive_pages(load_settings(), datetime.fromisoformat(sys.argv[3]), file_bytes=int(sys.argv[4]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "page archive"


@pytest.fixture
def settings(database: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("COPYDESK_PAGE_ARCHIVE__URL", folder.as_uri())
    load_settings.cache_clear()
    return load_settings()


def list_names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_past_months_move_and_are_read_there(settings: Settings, database: str, folder: Path) -> None:
    pages = store_pages(settings, range(COUNT))  # 34 until the end of February
    with transaction(settings) as connection:
        copies = [make_fetched(number, FEBRUARY, make_page(0)) for number in (900, 901)]
        save_pages(connection, run_key_for("crawl"), copies)
    pages |= {make_page_id(one.url_key, one.sha256): one.page.body for one in copies}
    empty = make_fetched(902, FEBRUARY, b"")
    with transaction(settings) as connection:
        save_pages(connection, run_key_for("crawl"), [empty])
    pages[make_page_id(empty.url_key, empty.sha256)] = b""

    before_march = archive(settings, datetime(2026, 4, 10, tzinfo=UTC))
    assert (before_march["contents"], before_march["partitions"]) == (37, 1)
    assert before_march["files"] == len(list_names(folder)) > 2
    assert all(name.startswith("pages/2026/02/pages-2026") for name in list_names(folder))
    assert fetch_rows(database, "SELECT to_regclass('copydesk.page_body_2026_02')::text") == [(None,)]
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body") == [(COUNT + 1 - 37,)]
    assert read_bodies(settings, pages) == pages

    rest = archive(settings)
    assert rest["contents"] == COUNT + 1 - 37
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body") == [(0,)]
    assert read_bodies(settings, pages) == pages
    again = archive(settings)
    assert set(again.values()) == {0}
    assert check_page_archive(settings).startswith(f"{before_march['files'] + rest['files']} WARC files, ")


@pytest.mark.parametrize("function", KILLED_AT)
def test_killed_archiving_is_completed_by_the_next_run(
    settings: Settings, database: str, folder: Path, function: str
) -> None:
    pages = store_pages(settings, range(24))
    archive(settings, datetime(2026, 3, 15, tzinfo=UTC))  # no month is old enough yet
    skip = {"warc_files.list_outdated_files": 0, "warc_files.delete_file": 0, "page_archiving.find_fault": 9}
    if function == "warc_files.delete_file":
        open_storage(folder.as_uri()).upload(Path(__file__), "pages/left.warc.gz")
        with psycopg.connect(database) as connection:
            connection.execute("INSERT INTO copydesk.warc_file (name) VALUES ('pages/left.warc.gz')")
    arguments = (function, str(skip.get(function, 1)), NOW.isoformat(), str(FILE_BYTES))
    done = subprocess.run(
        [sys.executable, "-c", KILLED_PROCESS, *arguments], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == -9, done.stderr
    assert read_bodies(settings, pages) == pages
    archive(settings)
    assert read_bodies(settings, pages) == pages
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body") == [(0,)]
    complete = fetch_rows(database, 'SELECT name FROM copydesk.warc_file WHERE is_complete ORDER BY name COLLATE "C"')
    assert list_names(folder) == [name for (name,) in complete]
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.warc_file WHERE NOT is_complete") == [(0,)]


def test_concurrent_runs_move_each_page_once(settings: Settings, database: str, folder: Path) -> None:
    pages = store_pages(settings, range(COUNT))
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: archive(settings, file_bytes=3_000), range(3)))
    rest = archive(settings)  # in case each stopped because of another
    assert sum(one["contents"] for one in [*results, rest]) == COUNT
    assert read_bodies(settings, pages) == pages
    complete = fetch_rows(database, "SELECT name, contents FROM copydesk.warc_file WHERE is_complete")
    assert sum(contents for _, contents in complete) == COUNT
    assert sorted(name for name, _ in complete) == list_names(folder)


def test_retention_deletes_archived_pages_from_their_files(
    settings: Settings, database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = store_pages(settings, range(COUNT))
    archive(settings, file_bytes=1 << 20)
    mark_as_read = (
        "INSERT INTO copydesk.page_result (page_id, cleaner, run_key, wire, outcome, reason)"
        " SELECT page_id, 'test', gen_random_uuid(), wire, 'refused', 'test' FROM copydesk.page"
    )
    with psycopg.connect(database) as connection:
        connection.execute(mark_as_read)
    monkeypatch.setenv("COPYDESK_KEEP_PAGE_DAYS", "60")  # until 3 March, in the last file
    load_settings.cache_clear()
    settings = load_settings()
    names = list_names(folder)
    deleted = apply_retention(settings, NOW)
    kept = {page_id: body for number, (page_id, body) in enumerate(pages.items()) if number >= 44}
    assert deleted.bodies == COUNT - len(kept)
    assert deleted.freed_bytes > 10_000
    rewritten = archive(settings)
    assert (rewritten["files"], rewritten["deleted_files"]) == (3, 2)
    assert len(list_names(folder)) == 3
    assert not set(names) & set(list_names(folder))
    assert read_bodies(settings, kept) == kept
    with transaction(settings) as connection:
        assert read_page(connection, next(iter(pages)), settings.page_archive.url) is None
        save_pages(connection, run_key_for("later"), [make_fetched(0, NOW)])  # fetched again
        assert read_page(connection, next(iter(pages)), settings.page_archive.url) is not None
    apply_retention(settings, NOW + timedelta(days=90))
    archive(settings, NOW)
    assert list_names(folder) == []


def test_damaged_files_are_reported(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = store_pages(settings, range(20))
    archive(settings)
    first, second, *_ = list_names(folder)
    data = bytearray((folder / first).read_bytes())
    data[300] ^= 255
    (folder / first).write_bytes(data)
    (folder / second).rename(folder / "elsewhere")
    with pytest.raises(Permanent, match="1 WARC file missing or of another size: pages/2026/02/"):
        check_page_archive(settings)
    url = settings.page_archive.url
    with transaction(settings) as connection:
        found = list(read_pages(connection, pages, url))
        broken = [one for one in found if isinstance(one, UnreadablePage)]
        assert len(found) == len(pages)
        reasons = {str(one.error).partition(": ")[2].partition(f" {folder.as_uri()}")[0] for one in broken}
        assert any(reason.startswith("its record is damaged") for reason in reasons)
        assert any(reason.startswith("there is no file") for reason in reasons)
        with pytest.raises(QuarantineError, match="The archived page cannot be read: "):
            read_page(connection, broken[0].page_id, url)
        with pytest.raises(BadSettings, match=r"page_archive\.url is not set"):
            read_page(connection, broken[0].page_id, "")
    folder.rename(folder.with_name("unmounted"))
    with transaction(settings) as connection, pytest.raises(PageArchiveUnreachable, match="There is no folder"):
        read_page(connection, broken[0].page_id, url)


def test_file_that_is_not_what_was_written_moves_nothing(
    settings: Settings, database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = store_pages(settings, range(20))
    storage = open_storage(settings.page_archive.url)
    upload = storage.upload

    def upload_damaged(path: Path, name: str) -> None:
        data = bytearray(path.read_bytes())
        data[-100] ^= 255
        path.write_bytes(data)
        upload(path, name)

    monkeypatch.setattr(storage, "upload", upload_damaged)
    with pytest.raises(PageArchiveUnreachable, match="could not be verified"):
        archive(settings)
    monkeypatch.undo()
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body") == [(20,)]
    assert archive(settings)["deleted_files"] == 1
    assert read_bodies(settings, pages) == pages
