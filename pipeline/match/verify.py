"""Verification: two sketches become an edge, exactly and in integers."""

from __future__ import annotations

from datetime import timedelta

from copydesk.pipeline.core.dedup_records import MERGING_KINDS, Edge, EdgeKind, Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.coverage import is_unrelated
from copydesk.pipeline.match.edge_rules import DIGEST_ITEM, NEAR_MISS, TITLE_REFERENCE_RULES, Verdict, classify_pair
from copydesk.pipeline.match.evidence import Overlap, PairEvidence
from copydesk.pipeline.match.measures import may_be_compilation

_DIRECTED_KINDS = frozenset({EdgeKind.EXCERPT, EdgeKind.PART_OF})

NEAR_IDENTICAL_PERCENT = 90
"""Containment of the bodies from which two copies are near-identical."""


def verify(a: Sketch, b: Sketch, profile: Profile) -> Edge:
    """Compare two documents exactly.

    Args:
        a, b: two documents, in any order, signed under ``profile``.
        profile: its thresholds apply.

    Returns:
        The edge, a pure function of the arguments, with ``Edge.a`` < ``Edge.b``. Its kind is None if the two are not
        related; see ``is_worth_storing``. Its evidence has ``shared/in the smaller set/in the larger set`` for title,
        lead, numbers and names, and everything else that a rule may have used.
    """
    if a.id > b.id:
        a, b = b, a
    size_a, size_b = int(a.shingles.size), int(b.shingles.size)
    body = Overlap.between(a.shingles, b.shingles)
    if is_unrelated(body, a.features, b.features):
        return Edge(a.id, b.id, None, False, body.shared, size_a, size_b, "unrelated")
    evidence = PairEvidence.between(a, b, body)
    verdict, is_near_identical = judge(evidence, profile)
    return Edge(
        a=a.id,
        b=b.id,
        kind=verdict.kind,
        merges=verdict.kind in MERGING_KINDS,
        shared=body.shared,
        size_a=size_a,
        size_b=size_b,
        rule=verdict.rule,
        container_id=_find_container(a, b, verdict),
        evidence=_describe_evidence(evidence, verdict),
        is_near_identical=is_near_identical,
    )


def judge(evidence: PairEvidence, profile: Profile) -> tuple[Verdict, bool]:
    """Return the verdict of the rules on a pair that is not unrelated, and ``Edge.is_near_identical``."""
    verdict = classify_pair(evidence, profile)
    is_near = verdict.rule in TITLE_REFERENCE_RULES or _is_near_identical(evidence)
    return verdict, verdict.kind in MERGING_KINDS and is_near


def is_worth_storing(edge: Edge) -> bool:
    """Return whether an edge is stored: it has a kind, or it nearly had one."""
    return edge.kind is not None or edge.rule == NEAR_MISS


def is_within_window(a: Sketch, b: Sketch, profile: Profile) -> bool:
    """Return whether two documents are close enough in time to be compared; an unknown time is close to any other."""
    if profile.window_hours is None or a.published_at is None or b.published_at is None:
        return True
    return abs(a.published_at - b.published_at) <= timedelta(hours=profile.window_hours)


def _find_container(a: Sketch, b: Sketch, verdict: Verdict) -> str:
    """Return the id of the document that contains the other one; empty for an edge without a direction."""
    if verdict.rule == DIGEST_ITEM:
        return a.id if a.features.is_digest else b.id
    if verdict.kind not in _DIRECTED_KINDS:
        return ""
    return a.id if (a.features.word_count, a.shingles.size) >= (b.features.word_count, b.shingles.size) else b.id


def _describe_evidence(evidence: PairEvidence, verdict: Verdict) -> dict[str, float | int | str]:
    """Return the evidence as it is stored with the edge; what applies to few pairs has a key only there."""
    described: dict[str, float | int | str] = {
        "title": str(evidence.title),
        "lead": str(evidence.lead),
        "numbers": str(evidence.numbers),
        "names": str(evidence.names),
        "words": f"{evidence.shorter_words}/{evidence.longer_words}",
    }
    if evidence.hours_apart is not None:
        described["hours"] = evidence.hours_apart
    if evidence.opening and verdict.rule == DIGEST_ITEM:
        described["opening"] = str(evidence.opening)
    if evidence.notice:
        described["notice"] = evidence.notice
    if evidence.minutes_behind is not None:
        described["behind"] = evidence.minutes_behind
    for name in ("different_place", "different_agency", "different_subject"):
        if getattr(evidence, name):
            described[name] = 1
    return described


def _is_near_identical(evidence: PairEvidence) -> bool:
    """Return whether nearly all of the shorter text is in the longer one, which is not a compilation."""
    return evidence.body.contains_percent(NEAR_IDENTICAL_PERCENT) and not may_be_compilation(evidence)
