"""Cut lines around the text by the rules; keep those that match a rule but are the text itself."""

from __future__ import annotations

from copydesk.pipeline.clean.credit import parse_credit, split_end_mark
from copydesk.pipeline.clean.cut_rules import Rules
from copydesk.pipeline.clean.dateline import split_dateline
from copydesk.pipeline.clean.draft import MIN_RUNNING_WORDS, Draft
from copydesk.pipeline.clean.repeated_paragraphs import fold_words
from copydesk.pipeline.clean.speech import SENTENCE_ENDS, is_speech, is_statement
from copydesk.pipeline.clean.text_rules import fold_paragraph
from copydesk.pipeline.core.text import count_words
from copydesk.pipeline.core.times import is_time_line

# A text with fewer words, and at most one sentence, is an introduction to the list of figures below it, if that has
# several lines.
_MAX_INTRODUCTION_WORDS = 60
_MIN_LIST_PARAGRAPHS = 4
# Headings that are also buttons above a text: "Join the conversation", "Most popular".
_BAR_REASONS = frozenset({"comments", "most_popular", "related"})
# Lines cut for these reasons may name the agency: then they are credits.
_CREDITING_REASONS = frozenset({"source", "copyright", "caption"})
# Words of a date that heads a part of a list of events, at most.
_MAX_DAY_HEADING_WORDS = 6


def _is_flash(draft: Draft, at: int, title: str, own_agency: str) -> bool:
    """Return whether a paragraph that repeats the headline is the text itself.

    It is if it begins with an agency's dateline, or if it is a sentence, the headline is not one, and no longer text
    follows.
    """
    text = draft.paragraphs[at]
    dateline = split_dateline(text, own_agency)
    if dateline and dateline.rest and (dateline.agency or dateline.text):
        return True
    sentence = draft.is_sentence(at) and not title.endswith(SENTENCE_ENDS)
    return sentence and not draft.list_running_paragraphs(at + 1, MIN_RUNNING_WORDS)


def _keep_list_lines(draft: Draft, numbers: dict[int, str]) -> dict[int, str]:
    """Return the lines to cut without those that belong to the article.

    These are prices if there is little else, and dates that head the parts of a list of events.
    """
    left = [at for at in range(len(draft.paragraphs)) if at not in numbers]
    introduced = len(draft.paragraphs) >= _MIN_LIST_PARAGRAPHS and sum(draft.is_sentence(at) for at in left) <= 1
    sparse = introduced and sum(draft.count_words_at(at) for at in left) < _MAX_INTRODUCTION_WORDS
    figures = {at for at, reason in numbers.items() if reason == "market_data"} if sparse else set()
    days = [
        at
        for at, reason in numbers.items()
        if reason == "timestamp"
        and at
        and draft.count_words_at(at) <= _MAX_DAY_HEADING_WORDS
        and at + 1 < len(draft.paragraphs)
    ]
    heads = {at for at in days if at + 1 not in numbers and at - 1 not in numbers}
    several = len({draft.paragraphs[at] for at in heads}) > 1
    return {at: reason for at, reason in numbers.items() if at not in figures and not (several and at in heads)}


def cut_lines(draft: Draft, rules: Rules, title: str, own_agency: str, language: str = "") -> None:
    """Cut the lines around the text, each with its reason, and the headline if it is repeated.

    Args:
        draft: The text; changed in place.
        rules: The rules to apply.
        title: The headline.
        own_agency: The source's agency.
        language: Two-letter code of the text, or empty.
    """
    first, last = draft.find_text_span()
    numbers: dict[int, str] = {}
    folded_title = fold_words(title)
    max_words = count_words(title) + 12
    for at, text in enumerate(draft.paragraphs):
        position = "head" if at < first else "tail" if at > last or at * 3 > len(draft.paragraphs) * 2 else "middle"
        folded, words = fold_paragraph(text), draft.count_words_at(at)
        if is_speech(text):
            # Somebody says "Read more books". A teaser that begins with a quotation ends with it.
            continue
        reason = rules.find_line_reason(folded, words, position)
        if not reason and position != "middle" and (at < first or at > last) and is_time_line(text, language=language):
            reason = "timestamp"
        if reason and is_statement(text):
            # Within the text a sentence is not furniture, unless a rule is certain.
            exempt = {"statements", "inner"} if first < at < last else {"statements"}
            if rules.reports_speech(folded):
                exempt.add("reports")
            reason = rules.find_line_reason(folded, words, position, exempt)
        if reason == "caption" and at == len(draft.paragraphs) - 1 and words >= MIN_RUNNING_WORDS:
            # "... he said. (dpa/abc)" ends with an editor's sign; "(dpa/Doe)" with a photographer's name.
            reason = "" if split_end_mark(text, own_agency)[1] else reason
        if reason := reason or rules.find_tail_reason(folded, words):
            if reason not in _CREDITING_REASONS or not parse_credit(text):
                numbers[at] = reason
        elif at > first + 1 or not folded_title or words > max_words or not fold_words(text).endswith(folded_title):
            continue
        elif not _is_flash(draft, at, title, own_agency):
            numbers[at] = "title"
    numbers = _keep_list_lines(draft, numbers)
    if len(numbers) == len(draft.paragraphs):
        # A flash may only repeat its headline.
        numbers = {at: reason for at, reason in numbers.items() if reason != "title"}
    draft.drop_paragraphs(numbers)


def cut_tail(draft: Draft, rules: Rules) -> None:
    """Cut from a heading such as "Most popular stories" on, unless the greater part of the text follows.

    Args:
        draft: The text; changed in place.
        rules: The rules to apply.
    """
    before = 0
    for at, text in enumerate(draft.paragraphs):
        words = draft.count_words_at(at)
        reason = rules.find_tail_reason(fold_paragraph(text), words) if words <= 14 else ""
        if reason and before >= 8:
            rest = sum(words for _, words in draft.list_running_paragraphs(at + 1, MIN_RUNNING_WORDS))
            # Below "Related stories" the text may continue; headlines do not end like sentences.
            goes_on = reason == "related" and any(
                text.endswith(SENTENCE_ENDS) for text, _ in draft.list_running_paragraphs(at + 1, 8)
            )
            # A bar with buttons may also stand above the text, below a caption.
            text_words = sum(
                words for text, words in draft.list_running_paragraphs(at + 1, 4) if text.endswith(SENTENCE_ENDS)
            )
            goes_on = goes_on or (reason in _BAR_REASONS and text_words > before)
            if rest <= max(before // 3, 40) and not goes_on:
                numbers = {}
                for later in range(at, len(draft.paragraphs)):
                    reason = (
                        rules.find_tail_reason(fold_paragraph(draft.paragraphs[later]), draft.count_words_at(later))
                        or reason
                    )
                    numbers[later] = reason
                draft.drop_paragraphs(numbers)
                return
        before += words
