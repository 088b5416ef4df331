"""How much of their text two documents share: digests, fragments, and pairs that share too little."""

from __future__ import annotations

from copydesk.pipeline.core.dedup_records import Features
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.evidence import Overlap, PairEvidence
from copydesk.pipeline.match.measures import BRIEF_WORDS, is_likely_next_issue, is_similar

MIN_JACCARD_PERCENT = 25
MIN_CONTAINMENT_PERCENT = 60
"""The lowest Jaccard similarity and the lowest containment of the bodies that any rule accepts."""

MIN_ITEM_SHINGLES = 10
"""Shingles of a story's opening that a digest shares if it has the story as an item: about one sentence, word for
word."""

DIGEST_ITEM_OPENING_PERCENT = 80
"""Containment of a story's opening in a digest; chosen on two seeds of the sample network, checked on a third."""

SAME_FORM_JACCARD_PERCENT = 70
"""Bodies that agree this much are copies, even if only one of them was recognized as a digest: a digest of three items
has at most half of its text from one."""

NEAR_MISS_PERCENT = 90
"""Percentage of the profile's own thresholds from which a pair that misses them is a near miss."""


# Before the rules ----------------------------------------------------------------------------------------------------


def is_unrelated(body: Overlap, a: Features, b: Features) -> bool:
    """Return whether two documents share so little that no rule can apply. Most candidate pairs end here, cheaply."""
    return shares_too_little(
        body,
        is_headline_only=a.is_headline_only or b.is_headline_only,
        is_digest_and_story=a.is_digest != b.is_digest,
    )


def shares_too_little(body: Overlap, *, is_headline_only: bool, is_digest_and_story: bool) -> bool:
    """Return whether no rule can apply, from the shingles alone.

    Args:
        body: the overlap of the two sets of shingles.
        is_headline_only: at least one document has no text besides its title, so rules compare titles.
        is_digest_and_story: exactly one document is a digest.
    """
    if is_headline_only or not body.larger or (is_digest_and_story and body.shared >= MIN_ITEM_SHINGLES):
        return False
    return not (
        body.shared > 0
        and (body.jaccard_at_least(MIN_JACCARD_PERCENT) or body.contains_percent(MIN_CONTAINMENT_PERCENT))
    )


# Digests: one of the two has an opening to compare only if the other one is a digest ---------------------------------


def is_digest_with_item(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether one document is a digest and contains the other's opening, or is similar to the whole of it."""
    opening = evidence.opening
    return (
        opening is not None
        and is_digest_and_story(evidence, profile)
        and (
            (opening.shared >= MIN_ITEM_SHINGLES and opening.contains_percent(DIGEST_ITEM_OPENING_PERCENT))
            or is_similar(evidence, profile)
        )
    )


def is_digest_near_miss(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether exactly one document is a digest and the pair nearly reaches the profile's thresholds."""
    return is_digest_and_story(evidence, profile) and is_near_miss(evidence, profile)


def is_digest_and_story(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether exactly one document is a digest, and the two are not nearly the same text."""
    return evidence.opening is not None and not evidence.body.jaccard_at_least(SAME_FORM_JACCARD_PERCENT)


# Fragments: neither text has a single shingle ------------------------------------------------------------------------


def are_different_fragments(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether both texts are fragments and any word differs."""
    return not evidence.body.larger and not evidence.same_text


def is_repeated_fragment(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether both texts are the same fragment, about a day or more apart.

    A text that is too long for shingles (``sign.long_texts``) is not a fragment: the next issue would have another one.
    """
    return (
        not evidence.body.larger
        and evidence.same_text
        and evidence.shorter_words < BRIEF_WORDS
        and is_likely_next_issue(evidence)
    )


def is_same_fragment(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether both texts are the same fragment."""
    return not evidence.body.larger and evidence.same_text


# Too little in common ------------------------------------------------------------------------------------------------


def is_near_miss(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether the bodies miss the profile's thresholds, but by a tenth at most."""
    body = evidence.body
    return not is_similar(evidence, profile) and (
        body.jaccard_at_least(profile.jaccard_percent * NEAR_MISS_PERCENT // 100)
        or body.contains_percent(profile.containment_percent * NEAR_MISS_PERCENT // 100)
    )


def is_dissimilar(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether the bodies miss the profile's thresholds."""
    return not is_similar(evidence, profile)
