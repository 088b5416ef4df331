"""What a pattern needs is in all that it matches; else a rule would be passed over."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import clean
from pipeline.clean.rules import load_rules
from pipeline.needs import find_need

RULES = tomllib.loads((Path(clean.__file__).parent / "rules.toml").read_text(encoding="utf-8"))
PATTERNS = sorted(
    pattern
    for kind in ("line", "inside")
    for entry in RULES[kind]
    for pattern in entry["patterns"]
    if find_need(pattern) and (kind == "inside" or pattern.startswith(".{"))
)


@pytest.mark.parametrize(
    ("pattern", "need"),
    [
        (r".{0,60}\bphoto: [^.]{2,60}$", "photo: "),
        (r"news-?letters?", "letter"),
        (r"colou?rs{2}x", "colo"),
        (r"(?:only|in groups) or [classes]", " or "),
        (r"[]abc]defg\]hi", "defg"),
        (r"left|right", ""),
        (r"\x41bcde\u0041bcd", ""),
        (r"ab{2", ""),
        (r"word(?= ahead)\b.*", "word"),
    ],
)
def test_the_longest_sure_piece_is_found(pattern: str, need: str) -> None:
    assert find_need(pattern) == need


@settings(max_examples=60)
@given(st.sampled_from(PATTERNS).flatmap(lambda pattern: st.tuples(st.just(pattern), st.from_regex(pattern))))
def test_every_match_of_a_rule_holds_what_the_rule_needs(drawn: tuple[str, str]) -> None:
    pattern, text = drawn
    assert find_need(pattern) in text


def test_a_rule_that_matches_anywhere_is_tried_only_where_it_can_match() -> None:
    far = [(need, pattern) for rule in load_rules().lines for need, pattern in rule.far]
    assert len(far) > 5
    assert all(need in pattern for need, pattern in far)
    assert not any(re.fullmatch(r"\W*", need) for need, _ in far)
