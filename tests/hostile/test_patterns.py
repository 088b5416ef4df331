"""No text makes a pattern slow: on 1 MiB of adversarial text, each is fast as used, and its time grows linearly."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from copydesk.pipeline.clean import dateline, place, securities
from copydesk.pipeline.clean.cut_rules import MAX_INLINE_CHARS, load_rules
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract import body_parts, extraction, page_end, proposal, zones
from tests.hostile.patterns import MEBIBYTE, UsedPattern, find_patterns, list_modules, write_adversarial

# Processor time of a single search, on an idle machine.
SECONDS = 0.05
# A pattern, a text, and the seconds that its search takes there; on a slower or busy machine it takes longer.
YARDSTICK = re.compile("[ab]c"), "ab" * (MEBIBYTE // 2), 0.0125
# Characters of a text that a pattern ever sees, by the module that compiles it. Patterns of other modules, and these
# few, see all of it.
REACH = {
    "clean/credit.py": 500,
    "clean/cut_rules.py": 500,
    "clean/dateline.py": 220,
    "clean/known_boilerplate.py": 4000,
    "clean/notices.py": 400,
    "clean/place.py": 220,
    "clean/text_rules.py": 500,
    "core/agencies.py": 500,
    "core/byline.py": 240,
    "core/byline_forms.py": 240,
    "core/byline_record.py": 240,
    "core/byline_openings.py": 240,
    "core/byline_words.py": 240,
    "extract/author_bios.py": 240,
    "extract/author_marks.py": 20,
    "extract/author_regions.py": 500,
    "extract/authors.py": 300,
    "extract/css_steps.py": 200,
    "extract/dates.py": 500,
    "extract/field_selectors.py": 400,
    "extract/headings.py": 1000,
    "extract/language.py": 3000,
    "extract/page_identity.py": 2000,
    "extract/printed_times.py": 200,
    "extract/refusal.py": 1500,
    "extract/signatures.py": 240,
    "extract/structured_data.py": 80,
    "extract/text_dump.py": 200,
    "extract/text_dump_lines.py": 200,
    "extract/title.py": 400,
    "extract/truncation.py": 300,
}
WHOLE = {pattern.pattern for pattern, _ in load_rules().inline_patterns}
# The few patterns of other modules that see a part: the markup below a text, a page's beginning, a text's end.
PARTS = {
    **dict.fromkeys((form.pattern for form in dateline._load_forms().values()), place.MAX_DATELINE_CHARS),
    **dict.fromkeys(
        (page_end._SCRIPT_OR_STYLE.pattern, page_end._INLINE_TAG.pattern, page_end._TAG.pattern),
        page_end._BELOW_SCAN_CHARS,
    ),
    extraction._MARKUP.pattern: extraction._MARKUP_SCAN_CHARS,
    **dict.fromkeys(
        (body_parts._STRONG_SENTENCE_END.pattern, body_parts._SENTENCE_END.pattern), body_parts._TEXT_END_CHARS
    ),
    proposal._ELLIPSIS_END.pattern: 20,
    zones._WORD.pattern: 400,
    zones._HIDDEN_STYLE.pattern: zones._STYLE_SCAN_CHARS,
    zones._NON_PICTURE_FIGURE.pattern: 1200,
}
SIZES = (MEBIBYTE // 128, MEBIBYTE // 16)
# Eight times the text takes about eight times as long; quadratic time would be 64 times.
GROWTH = 24


def find_reach(used: UsedPattern) -> int | None:
    """Return how many characters the pattern ever sees; None if it sees all."""
    if used.pattern in WHOLE:
        return MAX_INLINE_CHARS
    if used.pattern in PARTS:
        return PARTS[used.pattern]
    if used.module == "clean/securities.py" and not used.pattern.startswith(("[(", "<", "[A-Z]{2}")):
        return 200  # characters in brackets
    if used.module == "clean/securities.py":
        return securities._MAX_PARAGRAPH_CHARS
    # Class names: up to three times 400 characters.
    return 1200 if used.pattern.startswith("(?<![^ -])") else REACH.get(used.module)


def measure_seconds(function: Callable[[str], object], text: str, enough: float = 0) -> float:
    """Return the shortest processor time of up to eight runs: other processes may share the machine."""
    least = float("inf")
    for _ in range(8):
        started = time.thread_time()
        function(text)
        least = min(least, time.thread_time() - started)
        if least < enough:
            break
    return least


def measure_slowness() -> float:
    """Return how many times slower than idle the machine is at the moment; at least 1."""
    pattern, text, seconds = YARDSTICK
    started = time.thread_time()
    for _ in range(4):
        pattern.search(text)
    return max(1.0, (time.thread_time() - started) / 4 / seconds)


def make_finder(pattern: re.Pattern[str]) -> Callable[[str], object]:
    """Return a function that finds all matches in a text, as splitting or replacing does."""
    return lambda text: sum(1 for _ in pattern.finditer(text))


def measure_growth(used: UsedPattern, sizes: tuple[int, int] = SIZES) -> tuple[float, str]:
    """Return how many times longer the large text takes than the small one, at worst, with that text."""
    function = make_finder(used.compile())
    worst = 0.0, ""
    for small, large in zip(*(write_adversarial(used, size) for size in sizes), strict=True):
        least = max(measure_seconds(function, small), 0.0002)
        worst = max(worst, (measure_seconds(function, large, GROWTH / 2 * least) / least, large[:80]))
    return worst


def test_patterns_of_all_modules_are_collected() -> None:
    """The patterns found by running include those that the modules list."""
    from copydesk.pipeline.clean import credit, cut_rules, dateline, notices
    from copydesk.pipeline.extract import printed_times, refusal, text_dump

    found = {(used.pattern, used.flags) for used in find_patterns()}
    for module in (credit, dateline, notices, cut_rules, text_dump, printed_times, refusal):
        for pattern in module.patterns():
            assert (pattern.pattern, pattern.flags) in found
    assert len(found) > 100
    assert set(REACH) <= {used.module for used in find_patterns()} <= set(list_modules())


# One test per module, not per pattern: to find the patterns takes seconds, which no worker should spend on collection.
@pytest.mark.parametrize("module", list_modules())
def test_every_pattern_is_fast(module: str) -> None:
    for used in find_patterns():
        if used.module == module:
            pattern, reach = used.compile(), find_reach(used)
            for text in write_adversarial(used, MEBIBYTE):
                if module.startswith("clean/") and reach is None:
                    # Cleaning normalizes a paragraph before any rule sees it: no runs of blanks.
                    text = normalize_line(text)  # noqa: PLW2901
                took = measure_seconds(lambda text: pattern.search(text[:reach]), text, SECONDS)  # noqa: B023
                assert took < SECONDS or took < SECONDS * measure_slowness(), (str(used), text[:80])


@pytest.mark.parametrize("module", list_modules())
def test_patterns_of_the_whole_text_are_linear(module: str) -> None:
    for used in find_patterns():
        if used.module == module and find_reach(used) is None:
            growth, text = measure_growth(used)
            assert growth < GROWTH, (str(used), text)


@pytest.mark.parametrize("pattern", [r"\s+$", r"<!--.*?-->", r"(?:a|b)*c"])
def test_adversarial_texts_detect_a_slow_pattern(pattern: str) -> None:
    """A slow pattern is detected by these texts; otherwise the tests above would prove nothing."""
    growth, _ = measure_growth(UsedPattern(pattern, re.DOTALL, "nowhere.py"), (400, 3_200))
    assert growth > GROWTH
