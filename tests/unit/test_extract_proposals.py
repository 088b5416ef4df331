"""Which blocks of a page are what an extractor proposed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.extract import proposal
from pipeline.extract.blocks import parse, read_blocks
from pipeline.extract.chain import extract
from pipeline.records import Extraction, Page


def test_of_very_many_paragraphs_the_first_are_looked_for_inside_blocks() -> None:
    """Whatever the seed of the process's hashes: a page gives the same article in every worker."""
    said = [
        f"Item {number} of the list was read out before the council and put to the vote at once" for number in range(90)
    ]
    body = parse("".join(f"<p>{text} 20:4{at % 10}</p>" for at, text in enumerate(said))).body
    assert body is not None
    blocks = read_blocks(body)
    found = proposal._match(blocks, [proposal.fold_text(block.text) for block in blocks], said)
    assert found == set(range(proposal._MAX_LONG))


SHELL = (Path(__file__).parent / "pages" / "shell-with-data" / "page.html").read_text(encoding="utf-8")


def read(html: str) -> Extraction:
    return extract(
        Page(url="https://courier.example/1", body=html.encode(), fetched_at=datetime(2026, 5, 7, tzinfo=UTC))
    )


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('"isAccessibleForFree": true', '"isAccessibleForFree": false'), ('"wordCount": 78', '"wordCount": 780'),
        ("can be hired.", "can be ..."), ('"articleBody"', '"abstract"'),
    ],
    ids=["not free", "a part", "breaks off", "none"],
)  # fmt: skip
def test_a_shell_whose_data_do_not_hold_the_whole_text_is_refused(was: str, becomes: str) -> None:
    assert was in SHELL
    assert read(SHELL).via == "json-ld-text"
    assert read(SHELL.replace(was, becomes)).refused


def test_what_the_page_prints_outweighs_what_its_data_hold() -> None:
    printed = "".join(f"<p>{text}</p>" for text in read(SHELL).paragraphs[:3])
    article = read(SHELL.replace("Loading the article, please wait a moment ...</p>", f"</p>{printed}"))
    assert article.via != "json-ld-text"
    assert article.paragraphs == read(SHELL).paragraphs[:3]
