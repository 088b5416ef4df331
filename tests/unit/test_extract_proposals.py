"""Which blocks of a page match what an extractor proposed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from copydesk.pipeline.core.records import Article, Extraction, Page
from copydesk.pipeline.extract import proposal
from copydesk.pipeline.extract.blocks import parse_html, read_blocks
from copydesk.pipeline.extract.extraction import extract
from copydesk.pipeline.offline.read_page import parse_article


def test_only_the_first_of_many_paragraphs_are_searched_inside_blocks() -> None:
    """Independent of the process's hash seed, so that a page gives the same article in every worker."""
    proposed = [
        f"Item {number} of the list was read out before the council and put to the vote at once" for number in range(90)
    ]
    body = parse_html("".join(f"<p>{text} 20:4{at % 10}</p>" for at, text in enumerate(proposed))).body
    assert body is not None
    blocks = read_blocks(body)
    found = proposal._match_blocks(blocks, [proposal.fold_text(block.text) for block in blocks], proposed)
    assert found == set(range(proposal._MAX_LONG_KEYS))


SHELL = (Path(__file__).parent / "pages" / "shell-with-data" / "page.html").read_text(encoding="utf-8")


def extract_html(html: str) -> Extraction:
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
def test_shell_without_the_whole_text_in_its_data_is_refused(was: str, becomes: str) -> None:
    assert was in SHELL
    assert extract_html(SHELL).via == "json-ld-text"
    assert extract_html(SHELL.replace(was, becomes)).refusal_reason


def test_printed_text_wins_over_data() -> None:
    printed = "".join(f"<p>{text}</p>" for text in extract_html(SHELL).paragraphs[:3])
    article = extract_html(SHELL.replace("Loading the article, please wait a moment ...</p>", f"</p>{printed}"))
    assert article.via != "json-ld-text"
    assert article.paragraphs == extract_html(SHELL).paragraphs[:3]


# --- boilerplate that an extractor takes for the article and cleaning recognizes

NOTICE = (
    "Disclaimer: The views and opinions expressed in this article are those of the author and do not necessarily "
    "reflect the position of this newspaper, its owners or its staff. This material is provided for information only, "
    "and no one should act upon it without advice of his own. We accept no liability for any loss from it at all."
)
LEADS = {
    "en": "The harbour office of Elstow said on Monday that two boats were still being looked for near the mole, and "
    "that the search would go on through the night with the help of the neighbouring ports.",
    "de": "Das Hafenamt von Sandau hat am Montag mitgeteilt, dass vor der Mole noch immer nach zwei Booten gesucht "
    "wird und dass die Suche mit Hilfe der Nachbarhäfen die ganze Nacht über weitergehen soll.",
    "ru": "Управление порта Эльстов сообщило в понедельник, что возле мола всё ещё ищут две лодки и что поиски с "
    "помощью соседних портов будут продолжаться всю ночь.",
}


def read_notice(lead: str, notices: str) -> Article:
    html = (
        f"<html><head><meta charset=utf-8><title>Two boats missing off Elstow</title></head><body>"
        f"<h1>Two boats missing off Elstow</h1><span>{lead}</span>{notices}</body></html>"
    )
    at = datetime(2026, 5, 7, tzinfo=UTC)
    return parse_article(Page(url="https://courier.example/2", body=html.encode(), fetched_at=at))


@pytest.mark.parametrize("language", LEADS)
@pytest.mark.parametrize("times", [1, 3], ids=["short, so others are asked", "long, so cleaning has to tell"])
def test_lead_in_a_bare_span_is_found_next_to_a_long_disclaimer(language: str, times: int) -> None:
    papers = ("newspaper", "gazette", "house")[:times]
    notices = "".join(f"<div><p>{NOTICE.replace('newspaper', paper)}</p></div>" for paper in papers)
    article = read_notice(LEADS[language], notices)
    assert (article.reason, article.paragraphs) == ("", (LEADS[language],))


def test_page_with_only_a_disclaimer_is_not_an_article() -> None:
    assert read_notice("", f"<div><p>{NOTICE}</p></div>").reason == "no_article"


def test_second_extractor_runs_only_if_the_first_is_doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def record_call(html: str) -> list[str]:
        calls.append(html)
        return []

    monkeypatch.setattr(proposal, "extract_with_readability", record_call)
    story = "".join(f"<p>{text}</p>" for text in LEADS.values())
    assert read_notice("", f"<article>{story}</article><p>Courier, Elstow</p>").paragraphs == tuple(LEADS.values())
    assert not calls
    read_notice(LEADS["en"], f"<div><p>{NOTICE}</p></div>")
    assert len(calls) == 1
