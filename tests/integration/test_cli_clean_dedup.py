"""From saved files to stories with the command line.

Dumps, pages and WET records of one article are one story, and a disclaimer that two articles share does not join them.
"""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_process import run_command

ROOT = Path(__file__).parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
DUMP = ROOT / "tests" / "unit" / "pages" / "text-dump-banner" / "page.txt"

DISCLAIMER = (
    "MENAFN provides the items on this page as they reach us, without warranty of any sort. Nobody here has checked "
    "their figures, pictures, licences or spelling, and nobody here will answer for what follows from reading them. If "
    "you own what is printed above and would rather it were not, or know better, please turn to the provider that the "
    "first line names, for we only carry it."
)
# Two articles of the same desk, shorter than the text below them.
FERRY = (
    "Ferry to Lower Quay runs late all week",
    ["The ferry to Lower Quay will run forty minutes late until Sunday, the harbour office said, for want of a bell."],
)
CHEESE = (
    "Cheese fair opens with a wheel of 900 kilos",
    ["The cheese fair of Ober-Alm opened on Friday with a wheel of 900 kilos, which eleven people rolled up the hill."],
)


def write_menafn_page(title: str, paragraphs: list[str], number: int) -> str:
    """Return an article in MENAFN's markup: provider's mark, trailer code twice, disclaimer, other headlines."""
    first, *rest = paragraphs
    body = "".join(f"<p>{escape(text)}</p>\n" for text in [f"(MENAFN- Provider) {first}", *rest])
    code = f"<p>MENAFN14032026{number:012}ID{number}</p>\n"
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} | MENAFN.COM</title>
<meta property="og:title" content="{escape(title)}"></head><body>
<nav><ul><li><a href="/mena-news">MENA</a></li></ul></nav><article><h1>{escape(title)}</h1>
<div class="entry-meta">3/14/2026 6:20:00 AM</div><div class="entry-summary entry-summary3">
{body}{code}{code}<p><b>Legal Disclaimer:</b></p><p>{escape(DISCLAIMER)}</p></div>
<div class="popular"><h4>Most popular stories</h4><ul><li><a href="/1">Barley prices settle</a></li></ul></div>
<h4>Market Research</h4><p>-</p><div class="comments">Comments<p>No comment</p></div></article></body></html>"""


def run_cli(*arguments: str | Path) -> str:
    ended = run_command(*map(str, arguments), cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def clean_files(files: dict[Path, str]) -> list[dict[str, Any]]:
    """Run ``copydesk clean`` on files and their URLs; return its lines."""
    manifest = min(files).parent / "INDEX.tsv"
    with manifest.open("w", encoding="utf-8", newline="") as table:
        rows = csv.writer(table, delimiter="\t", lineterminator="\n")
        rows.writerow(["path", "url"])
        rows.writerows([path.name, url] for path, url in files.items())
    return [json.loads(line) for line in run_cli("clean", "--manifest", manifest).splitlines()]


def dedup_lines(lines: list[dict[str, Any]], folder: Path) -> dict[str, str]:
    """Run ``copydesk dedup``; return the story of each line."""
    file = folder / "articles.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return dict(line.split("\t") for line in run_cli("dedup", file).splitlines())


@pytest.mark.parametrize(
    "dump",
    [
        pytest.param(DUMP, id="our own"),
        pytest.param(
            next(iter(sorted(SEEDS.glob("*.txt"))), SEEDS),
            id="the seed",
            marks=pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed dump is missing"),
        ),
    ],
)
def test_dump_page_and_record_are_one_story_and_shared_disclaimer_joins_none(dump: Path, tmp_path: Path) -> None:
    text = tmp_path / "dump.txt"
    text.write_bytes(dump.read_bytes())
    (item,) = clean_files({text: ""})
    assert len(item["paragraphs"]) == 5
    page = tmp_path / "page.html"
    page.write_text(write_menafn_page(item["title"], item["paragraphs"], 1109998877), encoding="utf-8")
    head = (
        "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://menafn.com/1109998877/x\r\n"
        "WARC-Date: 2026-03-15T07:00:00Z\r\nWARC-Record-ID: <urn:uuid:7d1f>\r\n"
        f"WARC-Identified-Content-Language: eng\r\nContent-Length: {len(dump.read_bytes())}\r\n\r\n"
    )
    record = tmp_path / "crawl.warc.wet.gz"
    record.write_bytes(gzip.compress(head.encode() + dump.read_bytes() + b"\r\n\r\n"))
    files = {text: "", page: "https://menafn.com/1109998877/x", record: ""}
    for number, (title, paragraphs) in enumerate((FERRY, CHEESE), 1109990001):
        other = tmp_path / f"{number}.html"
        other.write_text(write_menafn_page(title, paragraphs, number), encoding="utf-8")
        files[other] = f"https://menafn.com/{number}/x"
    lines = clean_files(files)
    assert [line["path"] for line in lines] == [
        "dump.txt", "page.html", "crawl.warc.wet.gz#7d1f", "1109990001.html", "1109990002.html",
    ]  # fmt: skip
    assert [line["agency"] for line in lines] == ["MENAFN"] * 5
    assert lines[0]["paragraphs"] == lines[1]["paragraphs"] == lines[2]["paragraphs"]
    assert [line["paragraphs"] for line in lines[3:]] == [FERRY[1], CHEESE[1]]
    assert (lines[2]["url"], lines[2]["language"]) == ("https://menafn.com/1109998877/x", "en")
    assert lines[2]["fetched_at"] == "2026-03-15T07:00:00+00:00"
    stories = dedup_lines(lines, tmp_path)
    same = {stories["dump.txt"], stories["page.html"], stories["crawl.warc.wet.gz#7d1f"]}
    assert len(same) == 1
    assert len({*same, stories["1109990001.html"], stories["1109990002.html"]}) == 3


def test_broken_record_is_a_refused_line_and_exit_status(tmp_path: Path) -> None:
    """The other records are read, and the error names the broken one."""
    good = DUMP.read_bytes()
    head = "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Record-ID: <urn:uuid:{0}>\r\n"
    records = [
        gzip.compress(f"{head.format(number)}Content-Length: {length}\r\n\r\n".encode() + good + b"\r\n\r\n")
        for number, length in ((1, len(good)), (2, 7), (3, len(good)))
    ]
    path = tmp_path / "x.wet.gz"
    path.write_bytes(b"".join(records))
    command = [sys.executable, "-m", "copydesk.pipeline.cli.main", "clean", str(path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["kind"] for line in lines] == ["article", "refused", "article"]
    assert lines[1]["reason"] == "broken_record: Content-Length does not match the end of the record"
    assert ended.returncode != 0
    assert f"Failed to read {path}#2." in ended.stderr
