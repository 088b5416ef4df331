"""Lines that are printed around a text, cut by the rules; a line that a rule takes for one may be the text itself."""

from __future__ import annotations

from copydesk.pipeline.clean.credit import read_credit
from copydesk.pipeline.clean.cut_rules import Rules, fold
from copydesk.pipeline.clean.dateline import split_dateline
from copydesk.pipeline.clean.draft import RUNNING, Draft
from copydesk.pipeline.clean.repeated_paragraphs import fold_words
from copydesk.pipeline.clean.speech import SENTENCE_ENDS, is_speech, is_statement
from copydesk.pipeline.core.text import count_words

# Of fewer words, and of one sentence at most, a text is an introduction to the figures below it, if they are several.
_INTRODUCTION = 60
_LIST = 4
# Words of a day that heads a list of what happens on it.
_HEADING = 6


def _is_flash(draft: Draft, at: int, title: str, own: str) -> bool:
    """Whether a paragraph that says the headline again is the text itself: it opens with an agency's dateline, or it
    is a sentence, the headline is none, and there is no longer text.
    """
    text = draft.paragraphs[at]
    found = split_dateline(text, own)
    if found and found.rest and (found.agency or found.text):
        return True
    sentence = draft.is_sentence(at) and not title.endswith(SENTENCE_ENDS)
    return sentence and not draft.count_running(at + 1, RUNNING)


def _spare_lists(draft: Draft, numbers: dict[int, str]) -> dict[int, str]:
    """The lines to be cut without those that are an item's own figures: prices where there is little else, the days
    that head the parts of a list of dates.
    """
    left = [at for at in range(len(draft.paragraphs)) if at not in numbers]
    introduced = len(draft.paragraphs) >= _LIST and sum(draft.is_sentence(at) for at in left) <= 1
    sparse = introduced and sum(draft.count(at) for at in left) < _INTRODUCTION
    figures = {at for at, reason in numbers.items() if reason == "market_data"} if sparse else set()
    days = [
        at
        for at, reason in numbers.items()
        if reason == "timestamp" and at and draft.count(at) <= _HEADING and at + 1 < len(draft.paragraphs)
    ]
    heads = {at for at in days if at + 1 not in numbers and at - 1 not in numbers}
    several = len({draft.paragraphs[at] for at in heads}) > 1
    return {at: reason for at, reason in numbers.items() if at not in figures and not (several and at in heads)}


def cut_lines(draft: Draft, rules: Rules, title: str, own: str) -> None:
    """Cut what is a line around the text as a whole, with its reason, and the headline where it is said again."""
    first, last = draft.find_middle()
    numbers: dict[int, str] = {}
    wanted = fold_words(title)
    most = count_words(title) + 12
    for at, text in enumerate(draft.paragraphs):
        place = "head" if at < first else "tail" if at > last or at * 3 > len(draft.paragraphs) * 2 else "middle"
        folded, words = fold(text), draft.count(at)
        if is_speech(text):
            # Somebody says "Read more books"; a teaser that opens with a quotation doesn't go on after it.
            continue
        reason = rules.find_line(folded, words, place)
        if reason and is_statement(text):
            # No furniture is a sentence amid the text, unless a rule is sure of it.
            spared = {"statements", "inner"} if first < at < last else {"statements"}
            if rules.is_told(folded):
                spared.add("reports")
            reason = rules.find_line(folded, words, place, spared)
        if reason := reason or rules.find_tail(folded, words):
            if reason != "source" or not read_credit(text):
                numbers[at] = reason
        elif at > first + 1 or not wanted or words > most or not fold_words(text).endswith(wanted):
            continue
        elif not _is_flash(draft, at, title, own):
            numbers[at] = "title"
    numbers = _spare_lists(draft, numbers)
    if len(numbers) == len(draft.paragraphs):
        # A flash may say no more than its headline.
        numbers = {at: reason for at, reason in numbers.items() if reason != "title"}
    draft.cut(numbers)


def cut_tail(draft: Draft, rules: Rules) -> None:
    """Cut from a heading such as "Most popular stories" on, where what follows is not the greater part of the text."""
    before = 0
    for at, text in enumerate(draft.paragraphs):
        words = draft.count(at)
        reason = rules.find_tail(fold(text), words) if words <= 14 else ""
        if reason and before >= 8:
            rest = sum(words for _, words in draft.count_running(at + 1, RUNNING))
            # Below "Related stories" a page may go on with its text; headlines do not end as sentences do.
            goes_on = reason == "related" and any(
                text.endswith(SENTENCE_ENDS) for text, _ in draft.count_running(at + 1, 8)
            )
            if rest <= max(before // 3, 40) and not goes_on:
                numbers = {}
                for later in range(at, len(draft.paragraphs)):
                    reason = rules.find_tail(fold(draft.paragraphs[later]), draft.count(later)) or reason
                    numbers[later] = reason
                draft.cut(numbers)
                return
        before += words
