"""Series: the next issue, the same form about another subject, place or day. Each issue is a story of its own."""

from __future__ import annotations

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.evidence import PairEvidence
from copydesk.pipeline.match.measures import (
    BRIEF_WORDS,
    LEAD_WORDS,
    MIN_MANY_NUMBERS,
    MIN_NEXT_ISSUE_HOURS,
    MIN_TITLE_WORDS,
    SHORT_WORDS,
    has_similar_length,
    is_likely_next_issue,
    shares_template,
)

# A percent is one of containment (of the smaller set in the larger one) unless its name says Jaccard.

# next_issue
NEXT_ISSUE_NUMBERS_JACCARD_PERCENT = 67
"""Numbers that agree less than this are another day's."""
NEXT_ISSUE_BODY_PERCENT = 95
"""A body that contains this much of the other one is a copy, in whatever numbers it differs."""

NEXT_ISSUE_VOCABULARY_PERCENT = 90
"""Distinct words that two issues of one frame share less than; late copies share 92 percent and more."""
NEXT_ISSUE_FORM_WORDS = 80
"""A shorter text with few numbers is a form for each day: only the same words again are a copy."""

# other_subject
OTHER_SUBJECT_NAMES = 2
"""Names in the lead that the other document has nowhere, on both sides: a person has two. Copies have at most one."""
SUBJECT_LEAD_PERCENT = 56
"""Containment of the leads from which a title with another subject is that of a form filled in again. A desk that
writes its own title and lead keeps less."""
SUBJECT_TITLE_PERCENT = 67
"""Containment of the titles from which they are of one form, whatever the lead: in scripts without blanks, two names
are most of its words."""
SUBJECT_NAMES_DENSITY_PERCENT = 100
"""Names per replaced word of the lead, as a percentage of the names per word in the body. A form is filled in with
names: 130 percent and more. A lead written anew has as many as the rest, at most 80, in German, where each noun has a
capital, and elsewhere."""
RETITLED_LINE_MIN_NAMES = 4
RETITLED_LINE_NAMES_PERCENT = 75
"""This many of the same names in a line or two are not a coincidence: the title was rewritten."""

UNSPACED_SUBJECT_WORDS = (2, 3)
"""Pairs of characters that differ with a place of two or three characters at the beginning of a text; a numeral of one
character changes one pair."""

FILLED_IN_WORDS = 3
"""Words of the lead, on both sides, that the other document has nowhere, in a script without capitals: a person and a
place."""
FILLED_IN_TITLED_WORDS = 4
"""The same under a title that identifies a story: two words that an editor replaced are three pairs of characters in a
script without spaces."""
FILLED_IN_LEAD_PERCENT = 50
"""Such words among those of the lead that were replaced. Of a form filled in again they are 57 percent and more; a lead
written anew has as many small words, which the rest has as well: 47 and less."""
FILLED_IN_JACCARD_PERCENT = 80
"""A body that agrees this much was edited, not filled in again."""

CORRECTED_SUBJECT_WORDS = 2
"""Words of the title's subject that may differ in the body without being names there: they open a sentence."""

# refilled_template
REFILLED_MAX_WORDS = 100
"""A longer text that shares half of its words with another one shares more than a form."""
REFILLED_BODY_PERCENT = 65
"""A revision of a short text contains more of the body than this."""
REFILLED_NUMBERS = 2
REFILLED_NAMES_BODY_PERCENT = 80
"""The same if this many numbers and a name were replaced in place: a desk that revises a short text changes either."""

# other_numbers
SAME_NUMBERS_PERCENT = 60
SAME_MANY_NUMBERS_PERCENT = 75
"""The second applies if both documents have at least ``MIN_MANY_NUMBERS``: such documents are about their numbers."""
REVISED_NUMBERS_PERCENT = 50
"""A correction or an update may change more of the numbers."""
MIN_NEW_NUMBERS = 3
"""This many new numbers under a lead of the same form are the next issue's, however many below are unchanged."""
ONE_NUMBER_BODY_PERCENT = 90
"""A body that contains this much of the other one may change one number and be a copy."""
SAME_TEXT_BODY_PERCENT = 88
SAME_TEXT_WORDS = 100
"""A longer body that contains this much of the other one, on the same day, may change any number: each one that changes
takes five shingles, so few do. Updated agency copy has 92 percent and more, hourly market reports 70."""
SAME_TITLE_JACCARD_PERCENT = 95
SAME_LEAD_JACCARD_PERCENT = 95
"""With the same title and lead word for word, but for one word in twenty, a desk changed the numbers below."""


def is_repeated_brief(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether a brief is compared with a text about a day or more away.

    Exception: the same words with numbers among them, which a series would not repeat.
    """
    is_same = evidence.body.jaccard_at_least(100) and evidence.numbers.smaller > 0 and evidence.numbers.missing == 0
    return evidence.shorter_words < BRIEF_WORDS and is_likely_next_issue(evidence) and not is_same


def is_next_issue(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether texts of a similar length, about a day or more apart, have other numbers or, with few numbers,
    other words within the same frame."""
    if (
        not is_likely_next_issue(evidence)
        or not has_similar_length(evidence)
        or evidence.body.contains_percent(NEXT_ISSUE_BODY_PERCENT)
    ):
        return False
    if not evidence.numbers.jaccard_at_least(NEXT_ISSUE_NUMBERS_JACCARD_PERCENT):
        return True
    return evidence.numbers.smaller < MIN_MANY_NUMBERS and (
        evidence.shorter_words < NEXT_ISSUE_FORM_WORDS
        or not evidence.vocabulary.contains_percent(NEXT_ISSUE_VOCABULARY_PERCENT)
    )


def has_other_subject(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether two forms of a similar length differ in what they are about, at any length.

    Exception: a line or two with most names the same under a rewritten title.
    """
    return (
        (_has_other_title_subject(evidence) or _fills_in_other_names(evidence) or _fills_in_other_words(evidence))
        and not evidence.notice
        and has_similar_length(evidence)
        and not (evidence.shorter_words < SHORT_WORDS and _is_retitled_line(evidence))
    )


def fills_in_another_word(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether short texts without figures, under one title, are the same but for their subject.

    The subject is one name, or in a script without blanks two or three characters. Under a title that identifies a
    story, and without capitals, it opens the text: elsewhere, an editor may have replaced a word. A day or more later,
    such as with another weekday, it is anywhere, and figures may be the same.
    """
    title, body, words = evidence.title, evidence.body, evidence.vocabulary
    is_later = is_likely_next_issue(evidence) and evidence.numbers.shared == evidence.numbers.larger
    is_same_form = (
        not evidence.notice
        and title.smaller == title.larger == title.shared > 0
        and (is_later or not evidence.numbers.larger)
        and evidence.shorter_words == evidence.longer_words < REFILLED_MAX_WORDS
        and words.smaller == words.larger
    )
    if not is_same_form:
        return False
    changed = body.larger - body.shared
    if evidence.different_names:
        opens_text = changed <= words.missing + 1
        return words.missing == 1 and (is_later or opens_text or title.smaller < MIN_TITLE_WORDS)
    least, most = UNSPACED_SUBJECT_WORDS
    return not evidence.names.larger and least <= words.missing <= most and changed <= words.missing


def corrects_other_subject(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether a correction or an update is one of the same form about another subject.

    The subject of the title and figures differ, or both are corrections, and nothing else does but names: a desk that
    corrects the subject of a form leaves its figures, and one that rewrites a text changes other words as well.
    """
    title, numbers, names, words = evidence.title, evidence.numbers, evidence.names, evidence.vocabulary
    subject = min(title.larger - title.shared, CORRECTED_SUBJECT_WORDS)
    facts = subject + names.larger - names.shared + numbers.larger - numbers.shared
    return (
        bool(evidence.notice)
        and (numbers.missing > 0 or evidence.both_revise)
        and _has_other_title_subject(evidence)
        and has_similar_length(evidence)
        and words.larger - words.shared <= facts
    )


def is_short_template(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether a text is short; evaluated after all rules by which a short text is a copy."""
    return evidence.shorter_words < SHORT_WORDS


def is_refilled_template(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether short texts of one form agree in a few small numbers by chance, as forecasts do."""
    numbers = evidence.numbers
    replaces_names = numbers.missing >= REFILLED_NUMBERS and evidence.names.missing > 0
    revised_percent = REFILLED_NAMES_BODY_PERCENT if replaces_names else REFILLED_BODY_PERCENT
    return (
        0 < numbers.smaller < MIN_MANY_NUMBERS
        and numbers.missing > 0
        and evidence.shorter_words < REFILLED_MAX_WORDS
        and shares_template(evidence)
        and not evidence.body.contains_percent(revised_percent)
        and _keeps_numbers(evidence)
    )


def has_other_numbers(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether too many numbers differ for a copy or a revision.

    Exceptions: nearly the same body with one number changed; on the same day, nearly the same long body, or the same
    title and lead.
    """
    if _keeps_numbers(evidence):
        return False
    changes_one = evidence.numbers.missing <= 1 and evidence.body.contains_percent(ONE_NUMBER_BODY_PERCENT)
    return not changes_one and not (
        evidence.hours_apart is not None
        and evidence.hours_apart < MIN_NEXT_ISSUE_HOURS
        and (_shares_long_text(evidence) or _shares_title_and_lead(evidence))
    )


def _has_other_title_subject(evidence: PairEvidence) -> bool:
    """Return whether the titles have other subjects, and they or the leads are of one form."""
    return evidence.different_subject and (
        evidence.lead.contains_percent(SUBJECT_LEAD_PERCENT) or evidence.title.contains_percent(SUBJECT_TITLE_PERCENT)
    )


def _fills_in_other_names(evidence: PairEvidence) -> bool:
    """Return whether what was replaced in the lead is names, more than a lead written anew would bring."""
    lead, names = evidence.lead, evidence.names
    expected = lead.missing * names.smaller  # in names per word of the body
    return (
        evidence.different_names >= OTHER_SUBJECT_NAMES
        and 100 * evidence.different_names * evidence.shorter_words >= SUBJECT_NAMES_DENSITY_PERCENT * expected
    )


def _fills_in_other_words(evidence: PairEvidence) -> bool:
    """Return whether, in a script without capitals and under one title, a lead of one form has other words."""
    is_rubric = evidence.title.smaller < MIN_TITLE_WORDS
    return (
        evidence.different_words >= (FILLED_IN_WORDS if is_rubric else FILLED_IN_TITLED_WORDS)
        and 100 * evidence.different_words >= FILLED_IN_LEAD_PERCENT * evidence.lead.missing
        and shares_template(evidence)
        and not evidence.body.jaccard_at_least(FILLED_IN_JACCARD_PERCENT)
    )


def _is_retitled_line(evidence: PairEvidence) -> bool:
    """Return whether most names are the same and more than one word of the title was replaced."""
    title, names = evidence.title, evidence.names
    replaces_one_word = title.missing == 1 and title.smaller == title.larger
    return (
        not replaces_one_word
        and names.smaller >= RETITLED_LINE_MIN_NAMES
        and names.contains_percent(RETITLED_LINE_NAMES_PERCENT)
    )


def _keeps_numbers(evidence: PairEvidence) -> bool:
    """Return whether enough numbers are the same for a copy or a revision."""
    numbers = evidence.numbers
    has_template = shares_template(evidence)
    if has_template and numbers.missing >= MIN_NEW_NUMBERS and evidence.shorter_words > LEAD_WORDS:
        return False
    if evidence.notice:
        # On the same day, a desk may change them all, unless the lead shows that this is a series.
        may_change_all = not has_template and (
            evidence.hours_apart is None or evidence.hours_apart < MIN_NEXT_ISSUE_HOURS
        )
        return may_change_all or numbers.contains_percent(REVISED_NUMBERS_PERCENT)
    has_many = numbers.smaller >= MIN_MANY_NUMBERS
    return numbers.contains_percent(SAME_MANY_NUMBERS_PERCENT if has_many else SAME_NUMBERS_PERCENT)


def _shares_long_text(evidence: PairEvidence) -> bool:
    """Return whether nearly all of a long text is the same: a desk updated some of its numbers."""
    return evidence.shorter_words >= SAME_TEXT_WORDS and evidence.body.contains_percent(SAME_TEXT_BODY_PERCENT)


def _shares_title_and_lead(evidence: PairEvidence) -> bool:
    """Return whether title and lead are the same, numbers included: a desk cut and added below."""
    return (
        evidence.title.smaller >= MIN_TITLE_WORDS
        and evidence.title.jaccard_at_least(SAME_TITLE_JACCARD_PERCENT)
        and evidence.lead.jaccard_at_least(SAME_LEAD_JACCARD_PERCENT)
        and evidence.shorter_words > LEAD_WORDS
    )
