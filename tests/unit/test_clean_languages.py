"""Twelve languages: lines around wire copy are cut with their reason, and similar prose is kept.

The sentences are data: ``languages.toml``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from copydesk.pipeline.clean import clean
from copydesk.pipeline.core.records import Extraction

DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "languages.toml").read_text(encoding="utf-8"))
LINES = [
    pytest.param(language, line, reason, id=f"{language}-{reason}-{number}")
    for reason, languages in DATA["furniture"].items()
    for language, lines in languages.items()
    for number, line in enumerate(lines)
]
SENTENCES = [
    pytest.param(language, sentence, id=f"{language}-{number}")
    for language, sentences in DATA["dangerous"].items()
    for number, sentence in enumerate(sentences)
]


def test_every_kind_has_a_line_in_every_language() -> None:
    languages = set(DATA["prose"])
    assert len(languages) == 12
    assert all(set(lines) == languages for lines in DATA["furniture"].values())
    assert set(DATA["dangerous"]) == languages


@pytest.mark.parametrize(("language", "line", "reason"), LINES)
def test_line_around_the_text_is_cut(language: str, line: str, reason: str) -> None:
    title, *prose = DATA["prose"][language]
    article = clean(Extraction(title=title, paragraphs=(*prose, line), language=language))
    assert article.paragraphs == tuple(prose)
    assert {piece.text for piece in article.dropped} == {line}
    reasons = {piece.reason for piece in article.dropped}
    assert reasons == {reason} or (reason in {"related", "read_more"} and reasons <= {"related", "read_more"})


@pytest.mark.parametrize(("language", "sentence"), SENTENCES)
def test_similar_prose_is_kept(language: str, sentence: str) -> None:
    """Tested above the text, within it and at its end, where most is cut."""
    title, first, last = DATA["prose"][language]
    for paragraphs in ((sentence, first, last), (first, sentence, last), (first, last, sentence)):
        article = clean(Extraction(title=title, paragraphs=paragraphs, language=language))
        assert article.paragraphs == paragraphs
        assert article.dropped == ()
