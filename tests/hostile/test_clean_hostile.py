"""Hostile pages in the sandbox and in ``copydesk clean``: one line each, no crash, no hang, nothing lost."""

from __future__ import annotations

import gzip
import json
import os
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from copydesk.pipeline.core.errors import BadInput, QuarantineError
from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.process.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
ENTRY_POINT = "tests.hostile.misbehaving:parse"


def make_page(body: bytes) -> Page:
    return Page(url="http://h.example/1", body=body, fetched_at=datetime(2026, 1, 1, tzinfo=UTC))


def describe(result: Article | QuarantineError) -> str:
    """Return an article's title, or the reason of a quarantine."""
    return result.reason if isinstance(result, QuarantineError) else result.title


# --- the sandbox


def test_hang_or_crash_affects_only_its_page_and_order_is_kept() -> None:
    bodies = [
        b"one",
        b"hang",
        b"two",
        b"spin",
        b"three",
        b"eat",
        b"four",
        b"segfault",
        b"exit",
        b"raise",
        b"refuse",
        b"print",
        b"five",
    ]
    with Sandbox(workers=2, cpu_seconds=0.5, memory_mib=128, entry_point=ENTRY_POINT) as box:
        results = [describe(result) for result in box.map(make_page(body) for body in bodies)]
    assert results == [
        "one", "timeout", "two", "timeout", "three", "memory", "four",
        "crashed", "crashed", "crashed", "too_deep", "print", "five",
    ]  # fmt: skip


def test_workers_are_reused_and_end_with_the_sandbox() -> None:
    with Sandbox(workers=1, entry_point=ENTRY_POINT) as box:
        pids = {describe(result) for result in box.map(make_page(b"pid") for _ in range(5))}
        assert len(pids) == 1
        worker = psutil.Process(int(pids.pop()))
    assert not worker.is_running()


def test_loading_a_library_does_not_count_against_the_page() -> None:
    """The first page that needs a library loses no time or memory by loading it; a hang of its own still ends early."""
    with Sandbox(workers=1, cpu_seconds=0.5, memory_mib=64, entry_point=ENTRY_POINT) as box:
        results = [
            describe(result) for result in box.map(make_page(body) for body in [b"load", b"load and hang", b"one"])
        ]
    assert results == ["load", "timeout", "one"]


def interrupt_after_first_result(workers: list[psutil.Process]) -> None:
    with Sandbox(workers=1, cpu_seconds=30, entry_point=ENTRY_POINT) as box:
        for result in box.map(make_page(body) for body in [b"pid", *[b"hang"] * 9]):
            workers.append(psutil.Process(int(describe(result))))
            raise KeyboardInterrupt


def test_leaving_early_ends_all_workers() -> None:
    workers: list[psutil.Process] = []
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupt_after_first_result(workers)
    assert time.monotonic() - started < 10, "waited for abandoned pages"
    assert [worker.is_running() for worker in workers] == [False]


@pytest.mark.parametrize("body", [b"one", b"hang", b"spin"])
def test_killing_the_parent_ends_all_workers(body: bytes) -> None:
    """Whether the worker waits for a page or hangs in one: its input ends, or its alarm ends it."""
    code = f"""
import sys
from datetime import UTC, datetime
from copydesk.pipeline.process.sandbox import Sandbox
from copydesk.pipeline.core.records import Page
page = lambda body: Page(url="", body=body, fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
with Sandbox(workers=1, cpu_seconds=0.5, entry_point={ENTRY_POINT!r}) as box:
    pages = (page(body) for body in [b"pid", b"pid", b"pid", {body!r}, {body!r}, {body!r}, b"hang"])
    for result in box.map(pages):
        print(result.title, flush=True)
        sys.stdin.read()
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    worker = os.pidfd_open(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    ended, _, _ = select.select([worker], [], [], 10)
    assert ended == [worker]
    os.close(worker)
    parent.stdin.close()
    parent.stdout.close()


# --- pages


def write_article_page(paragraphs: list[str], before: str = "", after: str = "") -> bytes:
    title = "The lamp lighter of Elstow"
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    article = f"{before}<article><h1>{title}</h1>{text}</article>{after}"
    return f"<html><head><title>{title}</title></head><body>{article}</body></html>".encode()


PROSE = [
    "The town of Elstow still pays a lamp lighter, though its last gas lamp was sold to a museum in 1968.",
    "He walks the old round at dusk with a pole on his shoulder and is greeted by everybody who owes him a favour.",
    "The council has tried four times to strike the post, and four times the vote was lost by the lamp lighter's own.",
]
# Nearly the 8 MiB that a page may have.
LONG = [f"In the year {year} it was so: " + " ".join(PROSE * 12) for year in range(1000, 3080)]
# Far more than an extractor with quadratic time could process.
PARAGRAPHS = 100_000
DEPTHS = [1, 10, 100, 200, 240, 253, 254, 255, 256, 257, 300, 511, 512, 513, 999, 1000, 1001, 2047, 5000, 10_000]


def nest(depth: int) -> bytes:
    return write_article_page(PROSE, before="<div>" * depth, after="</div>" * depth + "<p>And that is all.</p>")


def write_files(folder: Path) -> dict[str, bytes]:
    files = {f"depth-{depth}.html": nest(depth) for depth in DEPTHS}
    files |= {
        f"unclosed-{tag}.html": write_article_page(PROSE, before=f"<{tag}>" * 3000)
        for tag in ("b", "font", "span", "table", "li", "a")
    }
    files |= {
        f"nested-{tag}-{depth}.html": write_article_page(
            PROSE, before=f"<{tag}>" * depth, after=f"</{tag}>" * depth + "<p>And that is all.</p>"
        )
        for tag in ("span", "b", "ul><li", "blockquote", "table><tr><td")
        for depth in (100, 256, 513, 5000)
    }
    files |= {
        "empty.html": b"",
        "blank.html": b" \n\t ",
        "bom.html": b"\xef\xbb\xbf",
        "bom16.html": b"\xff\xfe",
        "nul.html": b"\x00" * 5000,
        "nul-inside.html": write_article_page(PROSE).replace(b"lamp", b"la\x00mp"),
        "binary.html": bytes(range(256)) * 400,
        "open-tag.html": b"<p" * 200_000,
        "open-comment.html": write_article_page(PROSE) + b"<!--" * 100_000,
        "blanks.html": write_article_page([" " * 1_000_000 + "x"]),
        "one-word.html": write_article_page(["a" * 1_000_000]),
        "cut-off.html": write_article_page(PROSE)[:-25],
        "json.html": write_article_page(
            PROSE, before='<script type="application/ld+json">' + "[" * 100_000 + "</script>"
        ),
        "paragraphs.html": write_article_page(
            [f"Paragraph number {number} says no more than that." for number in range(PARAGRAPHS)]
        ),
        "large.html": write_article_page(LONG),
        "over.html": b"<p>x</p>" * 1_200_000,
        "not-gzip.html.gz": b"<html>",
        "cut.html.gz": gzip.compress(nest(5))[:-20],
        "bomb.html.gz": gzip.compress(b"\x00" * 50_000_000),
        "blank.txt": b"\n\n",
        "quotes.txt": b'"' * 100_000,
    }
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return files


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return the line of each hostile file, from one run of the command."""
    folder = tmp_path_factory.mktemp("hostile")
    files = write_files(folder)
    (folder / "INDEX.tsv").write_text(
        "path\turl\n" + "".join(f"{name}\thttp://h.example/{name}\n" for name in [*files, "missing.html"])
    )
    code = (
        "from copydesk.pipeline.cli.clean import clean; import pathlib, sys; clean(None, '', pathlib.Path(sys.argv[1]))"
    )
    started = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder / "INDEX.tsv")], cwd=ROOT, capture_output=True, check=False, timeout=280
    )
    rows = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert [row["path"] for row in rows] == [*files, "missing.html"], run.stderr.decode()[-2000:]
    assert run.returncode != 0
    print(f"{len(rows)} pages in {time.monotonic() - started:.1f} s")
    return {row["path"]: row for row in rows}


def test_every_page_gives_an_article_or_a_reason(lines: dict[str, dict[str, Any]]) -> None:
    for row in lines.values():
        assert (row["kind"] == "article" and row["paragraphs"] and "reason" not in row) or (
            row["kind"] == "refused" and row["reason"]
        )
        assert "crashed" not in row.get("reason", ""), row["path"]
        assert "\x00" not in row["body"]


@pytest.mark.parametrize("depth", DEPTHS)
def test_deep_page_is_parsed_whole_or_refused(lines: dict[str, dict[str, Any]], depth: int) -> None:
    row = lines[f"depth-{depth}.html"]
    if row["kind"] == "refused":
        assert row["reason"] == "too_deep"
        assert depth > 200
    else:
        assert row["paragraphs"][:3] == PROSE


def test_deep_elements_of_any_kind_are_parsed_whole_or_refused(lines: dict[str, dict[str, Any]]) -> None:
    """Never silently a part: parsers stop at 255 levels, or 512."""
    for name, row in lines.items():
        if name.startswith("nested-"):
            whole = row["paragraphs"][:3] == PROSE
            assert whole or row.get("reason") in {"too_deep", "timeout", "memory"}, (name, row)


def test_input_that_is_not_a_page_is_refused_with_its_reason(lines: dict[str, dict[str, Any]]) -> None:
    reasons = {
        name: lines[name].get("reason", "")
        for name in ("empty.html", "blank.html", "bom.html", "bom16.html", "nul.html", "blank.txt")
    }
    assert set(reasons.values()) == {"empty"}
    assert lines["binary.html"]["reason"] == "binary"
    assert lines["over.html"]["reason"].startswith("too_large")
    assert lines["bomb.html.gz"]["reason"].startswith("too_large")
    for name in ("missing.html", "not-gzip.html.gz", "cut.html.gz"):
        assert lines[name]["reason"].startswith("unreadable: ")


def test_repairable_pages_are_repaired(lines: dict[str, dict[str, Any]]) -> None:
    for name in ("nul-inside.html", "open-comment.html", "cut-off.html", "json.html"):
        assert lines[name]["paragraphs"] == PROSE, name


@pytest.mark.parametrize("name", ["paragraphs.html", "large.html"])
def test_huge_page_is_whole_or_refused(lines: dict[str, dict[str, Any]], name: str) -> None:
    row = lines[name]
    if row["kind"] == "article":
        assert len(row["paragraphs"]) == (PARAGRAPHS if name == "paragraphs.html" else len(LONG))
    assert row.get("reason", "timeout") in {"timeout", "memory"}


def test_bad_manifest_is_reported_in_one_sentence(tmp_path: Path) -> None:
    from copydesk.pipeline.cli.clean import clean

    (tmp_path / "INDEX.tsv").write_text("name\taddress\nx\ty\n")
    with pytest.raises(BadInput, match="no column path and no column url"):
        clean(None, "", tmp_path / "INDEX.tsv")
    with pytest.raises(BadInput, match="Cannot read"):
        clean(None, "", tmp_path / "nowhere.tsv")
    with pytest.raises(BadInput, match="No input files"):
        clean(None, "", None)
