"""Normalizing has a shortcut for text that needs no fix; it must return the same result."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.text import normalize_text


@given(st.text(st.one_of(st.characters(), st.sampled_from(" \u00a0\u2003é\u0301\u2126\uf900ẞ\u3000")), max_size=60))
def test_shortcut_for_clean_text_gives_the_same_result(text: str) -> None:
    assert normalize_text(text) == normalize_text(f"\0{text}")
