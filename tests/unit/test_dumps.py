"""Text dumps as crawlers make them: the article is found among menus, headlines of others and comments."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.dumps import read_dump
from pipeline.reading import read_article
from pipeline.records import Article, Page
from pipeline.text import mend

NOW = datetime(2026, 5, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Dump:
    """A dump's lines in its parts: ``opener`` is the dateline before the text, ``reasons`` what is told of the rest."""

    title: str
    agency: str
    byline: str
    opener: str
    reasons: list[str]
    above: list[str]
    head: list[str]
    text: list[str]
    below: list[str]

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(self.text)

    @property
    def lines(self) -> list[str]:
        return [*self.above, self.title, *self.head, self.opener + self.text[0], *self.text[1:], *self.below]


DUMPS = {
    path.stem: Dump(**tomllib.loads(path.read_text(encoding="utf-8")))
    for path in sorted((Path(__file__).parent / "dumps").glob("*.toml"))
}


def read(lines: list[str]) -> Article:
    page = Page(url="", body="\n".join(lines).encode(), fetched_at=NOW, content_type="text/plain")
    return read_article(page)


@pytest.mark.parametrize("language", DUMPS)
def test_the_article_is_found_and_all_else_is_told(language: str) -> None:
    dump = DUMPS[language]
    article = read(dump.lines)
    assert article.title == dump.title
    assert article.paragraphs == dump.paragraphs
    assert article.language == language
    assert set(dump.reasons) <= {piece.reason for piece in article.dropped}
    assert (article.agency, article.byline) == (dump.agency, dump.byline)


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_the_time_above_the_text_is_read(language: str) -> None:
    at = read(DUMPS[language].lines).published_at
    assert at is not None
    assert (at.year, at.month) == (2026, 4)


@pytest.mark.parametrize("language", DUMPS)
def test_a_block_that_is_printed_twice_stands_once(language: str) -> None:
    dump = DUMPS[language]
    at = dump.lines.index(dump.text[-1])
    lines = dump.lines[: at + 1] + dump.text[1:] + dump.lines[at + 1 :]
    assert read(lines).paragraphs == dump.paragraphs


@pytest.mark.parametrize("language", DUMPS)
def test_the_text_goes_on_below_a_box_of_links(language: str) -> None:
    dump = DUMPS[language]
    heading, *others = dump.below[:3]
    at = dump.lines.index(dump.text[1])
    lines = [*dump.lines[:at], heading, *others, *dump.lines[at:]]
    assert read(lines).paragraphs == dump.paragraphs


def test_the_window_title_and_the_trail_do_not_hide_the_headline() -> None:
    dump = DUMPS["en"]
    lines = [f"{dump.title} - The Wendle Post", *dump.lines[:3], dump.title, *dump.lines[3:]]
    article = read(lines)
    assert (article.title, article.paragraphs) == (dump.title, dump.paragraphs)


@given(st.data())
def test_no_line_is_lost(data: st.DataObject) -> None:
    """Whatever the lines and their order: each is the headline, a paragraph, or dropped with a reason."""
    pool = [line for dump in DUMPS.values() for line in dump.lines] + ["", "x", "403", "(AP)", "KYIV (AP) —", "a" * 300]
    lines = data.draw(st.lists(st.sampled_from(pool), max_size=40))
    extraction = read_dump("\n".join(lines), fetched_at=NOW)
    told = Counter([extraction.title, *extraction.paragraphs, *(piece.text for piece in extraction.dropped)])
    assert told - Counter([""]) == Counter(mend("\n".join(lines)).split("\n")) - Counter([""])
    assert all(piece.reason for piece in extraction.dropped)
