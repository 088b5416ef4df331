"""A user error is one clear sentence with the remedy and a matching exit status, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from copydesk.pipeline.db import embedded, redact_url
from tests.airflow_process import run_command

GOOD = {"id": "2", "title": "Ferry resumes", "body": "The ferry sails again after the storm.", "published_at": None}


def run_cli(*arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    done = run_command(*arguments, cwd=cwd, **env)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "north"\ntitel = "North"\n', "north.toml: title: the key is missing. Add the key title."),
        ("name = \n", "north.toml: invalid TOML"),
    ],
    ids=["key", "form"],
)
def test_invalid_source_is_reported_by_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "north.toml").write_text(text)
    for command in (["wires", "check", "north"], ["crawl", "north"]):
        done = run_cli(*command, COPYDESK_SOURCES=str(tmp_path))
        assert done.returncode == 78
        assert message in done.stderr


@pytest.mark.parametrize("command", [["stories"], ["runs"], ["crawl", "menafn"], ["db", "migrate"], ["db", "shell"]])
def test_unreachable_database_is_reported_without_password(command: list[str]) -> None:
    done = run_cli(*command, COPYDESK_DATABASE_URL="postgresql://desk:hunter2@127.0.0.1:1/copydesk")
    assert done.returncode == 69
    assert "does not answer" in done.stderr
    assert "COPYDESK_DATABASE_URL" in done.stderr
    assert "hunter2" not in done.stderr


def test_missing_tables_are_reported_with_the_remedy(server: embedded.EmbeddedServer) -> None:
    done = run_cli("stories", COPYDESK_DATABASE_URL=server.url("postgres"))
    assert done.returncode == 2
    assert "copydesk db migrate" in done.stderr


def test_migrate_reports_which_database(server: embedded.EmbeddedServer, database: str, home: Path) -> None:
    output = run_cli("db", "migrate", COPYDESK_DATABASE_URL=database).stdout
    assert output == f"The schema of the database {redact_url(database)} is up to date.\n"
    embedded_one = run_cli("db", "migrate", COPYDESK_DATABASE_URL="").stdout
    assert f"the embedded database in {home / 'postgres'}" in embedded_one
    report = run_cli("doctor", COPYDESK_DATABASE_URL=server.url("postgres")).stdout
    assert f"not applied to the database {redact_url(server.url('postgres'))}." in report
    assert "Run `copydesk db migrate` with COPYDESK_DATABASE_URL set to its address." in report


def test_invalid_database_url_is_reported_without_password() -> None:
    done = run_cli("stories", COPYDESK_DATABASE_URL="postgresql://desk:hunter2@[half/copydesk")
    assert done.returncode == 78
    assert "Invalid value of COPYDESK_DATABASE_URL: not a PostgreSQL URL" in done.stderr
    assert "hunter2" not in done.stderr


def test_invalid_setting_is_reported_by_name() -> None:
    done = run_cli("status", COPYDESK_UI_PORT="eighty")
    assert done.returncode == 78
    assert "COPYDESK_UI_PORT" in done.stderr


def test_unusable_data_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    done = run_cli("stories", COPYDESK_HOME=str(tmp_path / "home"))
    assert done.returncode == 77
    assert "COPYDESK_HOME" in done.stderr


def test_doctor_reports_a_read_only_data_folder(tmp_path: Path) -> None:
    done = run_cli("db", "migrate", COPYDESK_HOME="/proc")  # like a file system that is mounted read-only
    assert done.returncode == 77
    assert "COPYDESK_HOME" in done.stderr
    done = run_cli("doctor", "--json", COPYDESK_HOME="/proc")
    assert done.returncode == 1
    found = {row["check"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert not found["data folder"]["passed"]
    assert not found["invariants"]["passed"]  # nothing is created to check it
    assert found["invariants"]["message"] == "skipped: there is no data yet."


def test_os_error_is_one_sentence(tmp_path: Path) -> None:
    done = run_cli("wires", "check", "a" * 300)  # too long for a file name, and so for a wire's
    assert done.returncode == 66
    assert "No wire named" in done.stderr
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (tmp_path / "articles.jsonl").write_text(json.dumps(GOOD) + "\n")
    done = run_cli("dedup", str(tmp_path / "articles.jsonl"), "-o", str(loop))
    assert done.returncode == 65
    assert f"Cannot write {loop}: " in done.stderr


def test_unreadable_file_is_reported_and_the_rest_cleaned(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(
        "Ferry resumes after the storm\n" + "The ferry to the island sails again, the harbour office said. " * 5
    )
    done = run_cli("clean", str(tmp_path / "absent.html"), str(page))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["kind"] for line in lines] == ["refused", "article"]
    assert lines[0]["reason"].startswith("unreadable")
    assert lines[0]["path"] == str(tmp_path / "absent.html")
    assert done.returncode == 65
    assert "absent.html" in done.stderr
    (tmp_path / "articles.jsonl").write_text(done.stdout)
    folded = run_cli("dedup", str(tmp_path / "articles.jsonl"))
    assert folded.stdout == f"{page}\t{page}\n"  # refused lines are skipped, so the output can be folded as it is
    assert folded.returncode == 0


def test_invalid_line_is_reported_and_the_rest_folded(tmp_path: Path) -> None:
    lines = tmp_path / "articles.jsonl"
    lines.write_text('{"id": "1", "title"\n' + json.dumps(GOOD) + "\n")
    done = run_cli("dedup", str(lines))
    assert done.stdout == "2\t2\n"
    assert done.returncode == 65
    assert "articles.jsonl:1:" in done.stderr
    assert "Skipped 1 invalid line" in done.stderr


def test_unknown_story_is_reported(database: str) -> None:
    assert run_cli("story", "0123").returncode == 66
    assert "is not a story ID" in run_cli("story", "not an id").stderr


def test_new_embedded_database_is_migrated_automatically(home: Path, server: embedded.EmbeddedServer) -> None:
    assert run_cli("stories", "--json", COPYDESK_HOME=str(home)).returncode == 0
    assert run_cli("db", "shell", "-A", "-t", "-c", "SELECT count(*) FROM copydesk.v_stories").stdout == "0\n"
    done = run_cli("doctor", "--json", COPYDESK_HOME=str(home))
    assert done.returncode == 0
    assert all(json.loads(line)["passed"] for line in done.stdout.splitlines())


def test_manifest_row_without_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("Ferry resumes after the storm\n" + "The ferry to the island sails again. " * 20)
    (tmp_path / "INDEX.tsv").write_text("path\turl\n\thttps://example.com/lost\npage.txt\t\n")
    done = run_cli("clean", "--manifest", str(tmp_path / "INDEX.tsv"))
    lost, kept = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 65
    assert "Failed to read a page without a path." in done.stderr
    assert (lost["url"], lost["kind"], lost["reason"]) == (
        "https://example.com/lost", "refused", "unreadable: the path is empty",
    )  # fmt: skip
    assert kept["kind"] == "article"


def test_file_names_are_printed_as_given(tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.txt")
    for name in ("-dash.txt", odd):
        (tmp_path / name).write_text("Ferry resumes\n" + "The ferry to the island sails again. " * 20)
    done = run_cli("clean", "./-dash.txt", "", odd, ".//-dash.txt", cwd=tmp_path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["path"] for line in lines] == ["./-dash.txt", "", "caf\\xe9.txt", ".//-dash.txt"]
    assert [line["kind"] for line in lines] == ["article", "refused", "article", "article"]
    assert lines[1]["reason"] == "unreadable: the path is empty"
    assert done.returncode == 65


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Yield a folder that everyone may read; those of pytest are private."""
    with tempfile.TemporaryDirectory(prefix="copydesk-open-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="requires root, to switch to the user nobody")
def test_file_without_permission_is_reported_and_the_rest_processed(public_folder: Path) -> None:
    for name in ("locked.txt", "open.txt"):
        (public_folder / name).write_text("Ferry resumes\n" + "The ferry to the island sails again. " * 20)
    (public_folder / "locked.txt").chmod(0)
    (public_folder / "private").mkdir(mode=0o700)
    code = (
        "import encodings.idna, os, pwd, sys\n"
        "from pathlib import Path\n"
        "from copydesk.pipeline.core.errors import CopydeskError\n"
        "from copydesk.pipeline.core.settings import Settings\n"
        "from copydesk.pipeline.core.wire_finder import WireFinder\n"
        "from copydesk.pipeline.offline.documents import read_documents\n"
        "from copydesk.pipeline.offline.saved_pages import SavedFile, read_pages\n"
        "settings = Settings(home='/nowhere'); os.chdir(sys.argv[1]); os.setgroups([])\n"
        "nobody = pwd.getpwnam('nobody'); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid)\n"
        "for name in ('locked.txt', 'open.txt'):\n"
        "    item, = read_pages([SavedFile(name, Path(name))], settings.max_page_bytes, WireFinder({}))\n"
        "    print(item.reason or len(item.page.body))\n"
        "try:\n    list(read_documents(Path('locked.txt')))\n"
        "except CopydeskError as error:\n    print(error.exit_code, error)\n"
        "print(len(Settings(home=Path('private/home').absolute()).source_folders))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(public_folder)], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[:2] == [
        "unreadable: Permission denied", str((public_folder / "open.txt").stat().st_size)
    ], done.stderr  # fmt: skip
    assert done.stdout.splitlines()[2].startswith("65 Cannot read locked.txt: Permission denied.")
    assert done.stdout.splitlines()[3:] == ["1"], "a private data folder counts as missing"


def test_missing_sources_folder_is_reported(tmp_path: Path) -> None:
    done = run_cli("wires", COPYDESK_SOURCES=f"{tmp_path}:{tmp_path / 'typo'}")
    assert done.returncode == 78
    assert f"Cannot read the sources folder {tmp_path / 'typo'}: No such file or directory." in done.stderr
    assert "COPYDESK_SOURCES" in done.stderr
    assert run_cli("wires", COPYDESK_SOURCES=str(tmp_path)).stdout.startswith("No wires yet: ")
