"""Every match of a pattern contains its required literals and first characters; otherwise a rule would be skipped."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline import clean
from copydesk.pipeline.clean.cut_rules import load_rules
from copydesk.pipeline.core.regex_prefilter import (
    build_literal_prefilter,
    find_first_chars,
    find_required_literal,
    find_required_literals,
)

RULES = tomllib.loads((Path(clean.__file__).parent / "rules.toml").read_text(encoding="utf-8"))
PATTERNS = sorted(
    pattern
    for kind in ("line", "inside")
    for entry in RULES[kind]
    for pattern in entry["patterns"]
    if find_required_literals(pattern) and (kind == "inside" or find_first_chars(pattern) is None)
)


@pytest.mark.parametrize(
    ("pattern", "need"),
    [
        (r".{0,60}\bphoto: [^.]{2,60}$", "photo: "),
        (r"news-?letters?", "letter"),
        (r"colou?rs{2}x", "colo"),
        (r"(?:only|in groups) or [classes]", " or "),
        (r"[]abc]defg\]hi", "defg]hi"),
        (r".{0,40}\((?:left|right)", "("),
        (r".{2,9}摄?影", "影"),
        (r".{0,40}(?:a|b)", ""),
        (r"left|right", ""),
        (r"\x41bcde\u0041bcd", ""),
        (r"ab{2", ""),
        (r"word(?= ahead)\b.*", "word"),
    ],
)
def test_longest_required_literal_is_found(pattern: str, need: str) -> None:
    assert find_required_literal(pattern) == need


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        (r".{0,80}\b(?:a page|stories) (?:is|are)", ("a page", "stories")),
        (r".{0,80}\b(?:a page|stories) was found", (" was found",)),
        (r".{0,80}\b(?:a page|stories)?", ()),
        (r".{0,80}\b(?:a page|stor(?:y|ies))", ()),
        (r".{0,80}(?:page|stories)", ()),
        (r".{0,80}(?!a page|stories)", ()),
        (r"(?:a page|stories)|.", ()),
        (r"[(?:](?:stories\)|a \(page)", ("stories)", "a (page")),
    ],
)
def test_one_of_several_literals_may_be_required(pattern: str, needs: tuple[str, ...]) -> None:
    assert find_required_literals(pattern) == needs


@given(st.lists(st.text("ab ", min_size=1).filter(str.strip), min_size=1), st.text("ab "))
def test_prefilter_excludes_no_text_with_a_literal(pieces: list[str], text: str) -> None:
    may_contain = build_literal_prefilter(pieces)
    assert may_contain(text) or not any(piece in text for piece in pieces)


@given(st.sampled_from(PATTERNS).flatmap(lambda pattern: st.tuples(st.just(pattern), st.from_regex(pattern))))
def test_every_match_contains_its_required_literal(drawn: tuple[str, str]) -> None:
    pattern, text = drawn
    assert any(need in text for need in find_required_literals(pattern))


def test_unanchored_rule_is_tried_only_if_it_can_match() -> None:
    far = [(need, pattern) for rule in load_rules().lines for need, pattern in rule.unanchored]
    assert len(far) > 5
    assert all(need and need in find_required_literals(pattern) for need, pattern in far)


@pytest.mark.parametrize(
    ("pattern", "openings"),
    [
        (r"\W{0,3}(?:share|tweet)\b", "st"), (r"(?:the )?page", "tp"), (r"\(?\d{1,3} comments", "0123456789"),
        (r"\((?:ap|afp)\)", [""]), (r"(?:a|b|)c", "abc"), (r"[ab]c", None), (r".{0,9}x", None), (r"(?:\w|b)c", None),
        (r"colou?r|farbe", "cf"), (r"(?:colou?r|farbe)", "cf"), (r"a?b{0,2}c", "abc"), (r"-?a", ["", "a"]),
        (r"a+b", "a"), (r"(?:a|b)?", None), (r"\W{0,3}\W*$", None),
    ],
)  # fmt: skip
def test_first_characters_are_found(pattern: str, openings: Sequence[str] | None) -> None:
    assert find_first_chars(pattern) == (None if openings is None else frozenset(openings))


NEARS = sorted(
    {
        near
        for rule in (*load_rules().lines, *load_rules().tail_matcher.rules)
        for near in rule.anchored
        if find_first_chars(near)
    }
)


@given(st.sampled_from(NEARS).flatmap(lambda near: st.tuples(st.just(near), st.from_regex(rf"\A(?:{near})"))))
def test_every_match_is_selected_by_its_first_letter(drawn: tuple[str, str]) -> None:
    near, text = drawn
    openings = find_first_chars(near) or frozenset()
    if first := re.match(r"\W*([^\W_])", text):
        letter, signed = first[1], first.start(1) > 0
        assert letter in openings or (signed and "" in openings) or not (letter.isalpha() or letter.isascii())
