"""Articles in object literals of scripts that are not JSON."""

from __future__ import annotations

import json

import pytest

from copydesk.pipeline.core.records import Extraction
from copydesk.pipeline.extract.extraction import extract
from copydesk.pipeline.extract.script_literals import parse_literals
from tests.page_builder import make_page

TITLE = "Osterby votes to keep its swing bridge"
TEXT = [
    "The council of Osterby voted on Wednesday to keep the swing bridge that engineers had wanted to pull down.",
    "Barges from the brickworks pass it twice a day, and the harbour master opens it by hand with a crank.",
    "New bearings will be cast in the foundry upstream, which still owns the moulds of the year it was built.",
    "Traffic is led over the weir until the autumn; it's the mill's stop that the bus to the station serves.",
]
MARKUP = "".join(f"<p>{text}</p>" for text in TEXT)
QUOTED = json.dumps(MARKUP)
SINGLE = "'" + MARKUP.replace("'", "\\'").replace("</", "<\\/") + "'"
HEADLINE = json.dumps(TITLE)


def read(script: str) -> Extraction:
    html = f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><script>{script}</script></body></html>"
    return extract(make_page(html))


@pytest.mark.parametrize(
    "script",
    [
        f"window.__NUXT__={{data:[{{article:{{title:{HEADLINE},content:{QUOTED}}}}}],state:void 0}};",
        f"window.__DATA__ = {{ page: {{ headline: '{TITLE}', body: {SINGLE}, }}, at: new Date(2026, 3), ok: !0 }}",
        f"var story = {{headline: `{TITLE}`, body: `{MARKUP}`, n: .5}};",
        f"window.__NUXT__=(function(a,b){{return {{data:[{{article:{{title:a,text:{QUOTED}}}}}]}}}}({HEADLINE},1));",
        f"window.__NUXT__=(function(a,b){{return {{data:[{{title:b,content:a}}],old:a}}}})({QUOTED},{HEADLINE});",
        f'window.N=(function(a){{return {{fetch:{{"v:0":{{title:{HEADLINE},body:{json.dumps(TEXT)}}}}}}}}}(0));',
        f"init({{id:123456,section:'Town',title:{HEADLINE},text:[{','.join(json.dumps(text) for text in TEXT)}]}})",
        f"var app = app || {{}}; app.story={{title:{HEADLINE},html:{QUOTED.replace('<', chr(92) + 'u003c')}}}",
    ],
)  # fmt: skip
def test_text_in_a_literal_is_read(script: str) -> None:
    found = read(script)
    assert (found.via, found.paragraphs) == ("script-data", tuple(TEXT))


def test_text_of_another_story_is_not_read() -> None:
    assert read(f"window.__NUXT__={{data:[{{title:{HEADLINE}}},{{title:'Mill sold',text:{QUOTED}}}]}}").paragraphs == ()


@pytest.mark.parametrize(
    ("script", "value"),
    [
        (r"a={b:'it\'s \x41\u0042\u{43}',c:1}", {"b": "it's ABC", "c": 0}),
        ("a={b:true,c:!1,d:void 0,e:f,g:null,}", {"b": True, "c": False, "d": None, "e": None, "g": None}),
        ("a=[{b:new Map([[1,2]])}]", [{"b": [[[0, 0]]]}]),
        ("(function(a,b){return {c:a,d:b,e:z}})('x',{y:1})", {"c": "x", "d": {"y": 0}, "e": None}),
    ],
)
def test_literals_become_values(script: str, value: object) -> None:
    assert list(parse_literals(script)) == [value]


def test_arguments_that_are_named_often_do_not_grow_without_limit() -> None:
    names = ",".join("a" for _ in range(1000))
    script = f"(function(a){{return [[{names}]]}})('{'x' * 100_000}')"
    assert sum(len(str(value)) for value in parse_literals(script)) < 1_100_000


@pytest.mark.parametrize("piece", ['\\"', "'\"", "a={", "({", "`", "a:", "new a(", "[[", "'\\", ",", "return ["])
def test_hostile_scripts_are_read_in_linear_time(piece: str) -> None:
    assert len(list(parse_literals('"' + piece * (900_000 // len(piece))))) <= 40


def test_longer_scripts_are_not_read() -> None:
    script = "a={b:'x'}"
    assert list(parse_literals(script.ljust(1_000_000))) == [{"b": "x"}]
    assert list(parse_literals(script.ljust(1_000_001))) == []
