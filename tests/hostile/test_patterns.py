"""No text makes an expression slow: each, as it is used, on 1 MiB made to hurt it; and its time grows as the text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from copydesk.pipeline.clean import securities
from copydesk.pipeline.clean.cut_rules import INSIDE, load_rules
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract import blocks, extraction, generic_body, page_end, proposal
from tests.hostile.patterns import MEBIBYTE, Used, find_patterns, write_hurtful

# A single search, of the processor's time, on a machine that has nothing else to do.
SECONDS = 0.05
# What this search takes there; on one that is slower, or shares its processor, it takes longer.
YARDSTICK = re.compile("[ab]c"), "ab" * (MEBIBYTE // 2), 0.0125
# How many characters of a text an expression is ever shown, by the module that compiles it; those of the others, and
# these few, see all of it.
REACH = {
    "clean/agencies.py": 500,
    "clean/credit.py": 500,
    "clean/dateline.py": 220,
    "clean/learned.py": 4000,
    "clean/notices.py": 400,
    "clean/rules.py": 500,
    "extract/dates.py": 500,
    "extract/dump_lines.py": 200,
    "extract/dumps.py": 200,
    "extract/language.py": 3000,
    "extract/masthead.py": 200,
    "extract/refusal.py": 1500,
    "extract/title.py": 400,
    "extract/truncation.py": 300,
}
WHOLE = {pattern.pattern for pattern, _ in load_rules().insides}
# The few of other modules that see a part: the markup below a text, a page's beginning, a text's end.
PARTS = {
    **dict.fromkeys((page_end._SILENT.pattern, page_end._INLINE.pattern, page_end._TAG.pattern), page_end._BELOW),
    extraction._MARKUP.pattern: extraction._PROLOGUE,
    **dict.fromkeys((generic_body._ENDS.pattern, generic_body._SENTENCE_END.pattern), generic_body._END),
    proposal._BREAKS_OFF.pattern: 20,
    blocks._WORD.pattern: 400,
    blocks._NAME.pattern: blocks._TAG,
    blocks._HIDDEN.pattern: blocks._STYLE,
    blocks._NO_PICTURE.pattern: 1200,
}
SIZES = (MEBIBYTE // 128, MEBIBYTE // 16)
# Eight times the text takes about eight times the time; it would be 64 times, were it the square.
GROWTH = 24


def find_reach(used: Used) -> int | None:
    """How many characters the expression is ever shown; None where it sees all."""
    if used.pattern in WHOLE:
        return INSIDE
    if used.pattern in PARTS:
        return PARTS[used.pattern]
    if used.module == "clean/securities.py" and not used.pattern.startswith(("[(", "<", "[A-Z]{2}")):
        return 200  # what stands in brackets
    if used.module == "clean/securities.py":
        return securities._REACH
    # Names of classes, of which there may be three times 400 characters.
    return 1200 if used.pattern.startswith("(?<![^ -])") else REACH.get(used.module)


def clock(function: Callable[[str], object], text: str, enough: float = 0) -> float:
    """The least of up to eight runs, of the processor's time: other work may share the machine."""
    least = float("inf")
    for _ in range(8):
        started = time.thread_time()
        function(text)
        least = min(least, time.thread_time() - started)
        if least < enough:
            break
    return least


def measure_slowness() -> float:
    """How many times as long as at leisure things take at this moment; at least 1."""
    pattern, text, seconds = YARDSTICK
    started = time.thread_time()
    for _ in range(4):
        pattern.search(text)
    return max(1.0, (time.thread_time() - started) / 4 / seconds)


def walk(pattern: re.Pattern[str]) -> Callable[[str], object]:
    """All matches of a text, as when it is split or replaced."""
    return lambda text: sum(1 for _ in pattern.finditer(text))


def grows(used: Used, sizes: tuple[int, int] = SIZES) -> tuple[float, str]:
    """How much longer a walk over the large text takes than over the small one, at worst, with that text."""
    function = walk(used.compile())
    worst = 0.0, ""
    for small, large in zip(*(write_hurtful(used, size) for size in sizes), strict=True):
        least = max(clock(function, small), 0.0002)
        worst = max(worst, (clock(function, large, GROWTH / 2 * least) / least, large[:80]))
    return worst


def test_every_module_with_expressions_is_known() -> None:
    """What is found by running covers what the modules say of themselves."""
    from copydesk.pipeline.clean import credit, cut_rules, dateline, notices
    from copydesk.pipeline.extract import masthead, refusal, text_dump

    found = {(used.pattern, used.flags) for used in find_patterns()}
    for module in (credit, dateline, notices, cut_rules, text_dump, masthead, refusal):
        for pattern in module.patterns():
            assert (pattern.pattern, pattern.flags) in found
    assert len(found) > 100


@pytest.mark.parametrize("module", sorted({used.module for used in find_patterns()}))
def test_no_expression_is_slow(module: str) -> None:
    for used in find_patterns():
        if used.module == module:
            pattern, reach = used.compile(), find_reach(used)
            for text in write_hurtful(used, MEBIBYTE):
                if module.startswith("clean/") and reach is None:
                    # Cleaning mends a paragraph before any rule sees it: no runs of blanks.
                    text = normalize_line(text)  # noqa: PLW2901
                took = clock(lambda text: pattern.search(text[:reach]), text, SECONDS / 2)  # noqa: B023
                assert took < SECONDS or took < SECONDS * measure_slowness(), (str(used), text[:80])


@pytest.mark.parametrize("used", [used for used in find_patterns() if find_reach(used) is None], ids=str)
def test_what_sees_all_of_a_text_is_linear(used: Used) -> None:
    growth, text = grows(used)
    assert growth < GROWTH, text


@pytest.mark.parametrize("pattern", [r"\s+$", r"<!--.*?-->", r"(?:a|b)*c"])
def test_the_texts_do_hurt(pattern: str) -> None:
    """An expression with the fault is found by them; else the tests above would show nothing."""
    growth, _ = grows(Used(pattern, re.DOTALL, "nowhere.py"), (400, 3_200))
    assert growth > GROWTH
