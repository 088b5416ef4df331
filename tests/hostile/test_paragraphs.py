"""Cleaning is fast for any paragraph."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from copydesk.pipeline.clean import credit, cut_rules, dateline, notices, securities, speech
from copydesk.pipeline.clean.cut_rules import load_rules
from copydesk.pipeline.clean.repeated_paragraphs import find_repeats
from copydesk.pipeline.clean.text_rules import PATTERN_SCAN_CHARS, fold_paragraph
from copydesk.pipeline.core.text import count_words, normalize_text
from copydesk.pipeline.extract import refusal, text_dump, truncation

MEBIBYTE = 1 << 20
ATOMS = [
    " ", "a", "A", "(", ")", "-", "\u2014", ".", ",", ":", "/", "1", "\u00a9", "\n", "\"", "\u65b0", "<", "a ", "A ",
    "a, ", "A. ", "(a", "(A) ", "A-", "1 ", "by a ", "By A ", "read more ", "foto: ", "AP ", "(AP", "dpa/", "share ",
    "follow ", "newsletter ", "opens new ", "tab", "\u65b0\u534e\u793e", "1. ", "comments ", "legal disclaimer ",
    "http", "(NYSE: ", "ISIN", "US0", "subscribe to ", "...",
    "with ", "reporting by ", "[1", "a/b", "LONDON ", "May 1, ", "UPDATE ", "KILL", "Eds: ", "\u0130",
    "\ufdfa",
]  # fmt: skip
SUBJECTS: dict[str, Callable[[str], object]] = {
    "fold": fold_paragraph,
    "lines": lambda text: load_rules().find_line_reason(fold_paragraph(text), 1, "tail"),
    "tails": lambda text: load_rules().find_tail_reason(fold_paragraph(text), 1),
    "dateline": dateline.split_dateline,
    "title": notices.split_notice,
    "notice": notices.find_notice,
    "byline": credit.parse_byline,
    "credit": credit.parse_credit,
    "end mark": credit.split_end_mark,
    "tickers": lambda text: securities.find_tickers([text]),
    "isins": lambda text: securities.find_isins([text]),
    "wall": lambda text: truncation.is_truncated([text], [text]),
    "speech": lambda text: speech.is_speech("\u201c" + text + "."),
    "names": lambda text: credit.split_authors(text[:200]),
    "refusal": lambda text: refusal.find_refusal_reason(text, (text[:400],), text, 200),
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_adversarial_paragraphs_are_fast(subject: str) -> None:
    """Under 50 ms for 1 MiB of any repeated atom; the fastest of three, since other processes may share the machine."""
    function = SUBJECTS[subject]
    function("warm up")
    for atom in ATOMS:
        text = (atom * (MEBIBYTE // len(atom)))[:MEBIBYTE]
        assert min(_clock(function, text) for _ in range(3)) < 0.05, atom


def test_every_pattern_is_fast_on_its_longest_input() -> None:
    """Each pattern alone, on the longest piece that it ever sees."""
    patterns = [
        *cut_rules.patterns(),
        *dateline.patterns(),
        *notices.patterns(),
        *credit.patterns(),
        *text_dump.patterns(),
    ]
    patterns += [*securities.patterns(), *truncation.patterns()]
    for pattern in patterns:
        for atom in ATOMS:
            text = (atom * 600)[: max(PATTERN_SCAN_CHARS, 500)]
            assert min(_clock(pattern.match, text), _clock(pattern.match, text)) < 0.05, (pattern.pattern[:80], atom)


@pytest.mark.parametrize(
    "function",
    [normalize_text, count_words, lambda text: [rule.sub("", text) for rule, _ in load_rules().inline_patterns]],
)
def test_functions_of_the_whole_text_are_linear(function: Callable[[str], object]) -> None:
    for atom in ("opens new ", " ,(", "\u00ad", "\u200c\u0645", "a\u0301", " ", "pic.twitter.com/"):
        small, large = (atom * (size // len(atom)) for size in (MEBIBYTE // 32, MEBIBYTE // 8))
        least = min(_clock(function, small) for _ in range(3))
        assert min(_clock(function, large) for _ in range(3)) < max(16 * least, 0.05), atom


def test_repeats_are_found_in_linear_time() -> None:
    assert (
        _clock(find_repeats, [f"{number % 1000} says the same thing again and again" for number in range(20_000)]) < 2
    )


def _clock(function: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started
