"""Articles with their text only in the data for scripts, in the shapes that publishing systems give it."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest

from copydesk.pipeline.core.records import Extraction
from copydesk.pipeline.extract.extraction import extract
from tests.page_builder import make_page

TITLE = "Port Wenlock closes northern quay"
TEXT = [
    "The harbour board of Port Wenlock voted on Thursday to close its northern quay for eleven weeks of repairs.",
    "Three ferry companies had asked the board to wait until October, when fewer passengers cross in the morning.",
    "Engineers said that the wall would not stand another storm from the east, and showed what a barge had done.",
    "The repair is put at 4.2 million crowns, of which the insurer of the barge has agreed to pay a little over half.",
    "Ferries will leave from the grain terminal, and a bus will run to the railway station every quarter of an hour.",
]
MARKUP = "".join(f"<p>{text}</p>" for text in TEXT)
LINKED = [text.split(" of ", 1) for text in TEXT]


def make_link(text: str) -> dict[str, Any]:
    return {"nodeType": "hyperlink", "data": {"uri": "/x"}, "content": [{"nodeType": "text", "value": text}]}


def read(script: str, printed: int = 1, body: str = "") -> Extraction:
    shown = "".join(f"<p>{text}</p>" for text in TEXT[:printed])
    return extract(
        make_page(
            f"<html><head><title>{TITLE}</title></head><body><main><h1>{TITLE}</h1>{shown}</main>{body}{script}</body></html>"
        )
    )


def make_next_data(body: Any, **fields: Any) -> str:
    data = {"props": {"pageProps": {"story": {"headline": TITLE, "body": body, **fields}, "locale": "en-GB"}}}
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script>'


SHAPES = {
    "markup": MARKUP,
    "escaped markup": html.escape(MARKUP),
    "strings": TEXT,
    "blocks": [{"type": "paragraph", "data": {"text": text}} for text in TEXT],
    "elements": [{"type": "text", "_id": f"Q{at}7XZ", "content": f"<b>{text}</b>"} for at, text in enumerate(TEXT)],
    "spans": [
        {"_type": "block", "_key": "a1", "children": [{"_type": "span", "marks": [], "text": text}], "markDefs": []}
        for text in TEXT
    ],
    "rich text": {
        "nodeType": "document",
        "content": [
            {
                "nodeType": "paragraph",
                "data": {},
                "content": [
                    {"nodeType": "text", "value": first + (" of " if rest else ""), "marks": []},
                    *map(make_link, rest),
                ],
            }
            for first, *rest in LINKED
        ],
    },
    "models": [{"type": "x", "model": {"blocks": [{"type": "paragraph", "model": {"text": text}}]}} for text in TEXT],
    "with pictures": [
        {"type": "paragraph", "text": TEXT[0]}, {"type": "image", "text": "The quay in March, seen from the sea."},
        *({"type": "paragraph", "text": text} for text in TEXT[1:]), {"type": "newsletter", "text": "Sign up for it."},
    ],
    "encoded twice": json.dumps([{"type": "p", "text": text} for text in TEXT]),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("printed", [0, 1, 3])
def test_text_is_found_in_any_shape(shape: str, printed: int) -> None:
    extraction = read(make_next_data(SHAPES[shape]), printed)
    assert extraction.via == "script-data"
    assert [text.replace("  ", " ") for text in extraction.paragraphs] == TEXT


def make_flight(rows: str) -> str:
    half = len(rows) // 2
    parts = (json.dumps([1, part]) for part in (rows[:half], rows[half:]))
    return "".join(f"<script>self.__next_f.push({part})</script>" for part in parts)


def make_react(text: list[str]) -> list[Any]:
    return [
        "$",
        "article",
        None,
        {"className": "x", "children": [["$", "p", str(at), {"children": piece}] for at, piece in enumerate(text)]},
    ]


@pytest.mark.parametrize(
    "script",
    [
        f"<script>window.__STATE__ = {json.dumps({'story': {'title': TITLE, 'body': MARKUP}})};</script>",
        f"<script>var b = {{x: 1}}; window.__S__={json.dumps({'a': {'title': TITLE, 'body': TEXT}})}; go(b)</script>",
        f"<script>window.__DATA__ = JSON.parse({json.dumps(json.dumps({'title': TITLE, 'body': TEXT}))});</script>",
        f"<div data-page='{html.escape(json.dumps({'props': {'title': TITLE, 'body': MARKUP}}))}'></div>",
        make_flight(f'0:{json.dumps([["$", "h1", None, {"children": TITLE}], make_react(TEXT)])}\n1:I[2,[],""]\n'),
        make_flight(f'1:{json.dumps({"title": TITLE})}\n2:T{len(MARKUP.encode()):x},{MARKUP}3:{{}}\n'),
    ],
    ids=["assigned", "after other code", "parsed string", "attribute", "streamed elements", "streamed text"],
)  # fmt: skip
def test_text_is_found_in_any_carrier(script: str) -> None:
    extraction = read(script)
    assert (extraction.via, list(extraction.paragraphs)) == ("script-data", TEXT)


def test_other_storys_text_is_not_taken() -> None:
    other = [text.replace("Thursday", "Friday").replace("Port Wenlock", "Elstow") for text in TEXT]
    story = {"headline": TITLE, "body": TEXT[:1], "related": [{"headline": "Other", "body": other}]}
    data = {"story": story, "next": {"headline": "Elstow shuts quay", "body": other}}
    for printed in (0, 1):
        extraction = read(f'<script type="application/json">{json.dumps(data)}</script>', printed)
        assert extraction.via != "script-data"


def test_printed_text_that_is_whole_is_not_replaced() -> None:
    extraction = read(make_next_data([*TEXT, "Share this."], more=TEXT), len(TEXT))
    assert extraction.via != "script-data"
    assert list(extraction.paragraphs) == TEXT


def test_other_text_of_the_page_is_dropped() -> None:
    extraction = read(
        make_next_data(TEXT), 2, "<main><p>Sign in to read the rest of this story, or buy a day pass.</p></main>"
    )
    assert list(extraction.paragraphs) == TEXT


@pytest.mark.parametrize(
    "script", ['<script>{"a": [1, 2' + "[" * 900 + "</script>", "<script>" + "[" * 100_000 + "</script>"]
)
def test_broken_data_are_passed_over(script: str) -> None:
    assert list(read(f"<script>{script.replace('a', TEXT[0])}</script>", 3).paragraphs) == TEXT[:3]


def test_title_of_short_words_in_a_wide_script_finds_the_text() -> None:
    title = "웬록 북안벽, 열한 주간 폐쇄'… 항만위 결정"
    data = make_next_data(MARKUP).replace(TITLE, title)
    page = f"<html><head><title>{title}</title></head><body><div id=app></div>{data}</body></html>"
    assert extract(make_page(page)).paragraphs == tuple(TEXT)
