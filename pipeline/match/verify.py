"""Two sketches to an edge: exact, in integers, and a pure function of the two and the profile."""

from __future__ import annotations

from datetime import timedelta

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import MERGING_KINDS, Edge, EdgeKind, Sketch
from copydesk.pipeline.match.announcements import NAMING
from copydesk.pipeline.match.edge_rules import DIGEST_ITEM, decide, is_hopeless
from copydesk.pipeline.match.evidence import Evidence, Share
from copydesk.pipeline.match.verdict import NEAR_MISS, begins_as_it

_DIRECTED = frozenset({EdgeKind.EXCERPT, EdgeKind.PART_OF})

CLOSE_PERCENT = 90
"""How much of the shorter text the longer has to hold for the two to be close."""


def verify(a: Sketch, b: Sketch, profile: Profile) -> Edge:
    """Compare two documents; ``verify(a, b) == verify(b, a)``.

    ``Edge.kind`` is None where the two are not alike; such an edge with the rule ``near_miss`` is kept as evidence.
    ``Edge.evidence`` has ``shared/in the smaller/in the larger`` for title, lead, numbers and names, and whatever
    else a rule may have gone by.
    """
    if a.id > b.id:
        a, b = b, a
    body = Share.of(a.shingles, b.shingles)
    if is_hopeless(body, a.features, b.features):
        return Edge(a.id, b.id, None, False, body.both, int(a.shingles.size), int(b.shingles.size), "unlike")
    evidence = Evidence.of(a, b, body)
    verdict = decide(evidence, profile)
    whole = ""
    if verdict.rule == DIGEST_ITEM:
        whole = a.id if a.features.is_digest else b.id
    elif verdict.kind in _DIRECTED:
        whole = a.id if (a.features.word_count, a.shingles.size) >= (b.features.word_count, b.shingles.size) else b.id
    return Edge(
        a=a.id,
        b=b.id,
        kind=verdict.kind,
        merges=verdict.kind in MERGING_KINDS,
        shared=evidence.body.both,
        size_a=int(a.shingles.size),
        size_b=int(b.shingles.size),
        rule=verdict.rule,
        container_id=whole,
        evidence={
            "title": str(evidence.title),
            "lead": str(evidence.lead),
            "numbers": str(evidence.numbers),
            "names": str(evidence.names),
            "words": f"{evidence.words}/{evidence.longer}",
            **({"hours": evidence.hours} if evidence.hours is not None else {}),
            **({"opening": str(evidence.opening)} if evidence.opening and verdict.rule == DIGEST_ITEM else {}),
            **({"notice": evidence.notice} if evidence.notice else {}),
            **({"behind": evidence.behind} if evidence.behind is not None else {}),
            # What is said of few pairs, and only where it is so.
            **{name: 1 for name in ("elsewhere", "foreign", "swapped") if getattr(evidence, name)},
        },
        is_near_identical=verdict.kind in MERGING_KINDS and (verdict.rule in NAMING or _is_close(evidence)),
    )


def _is_close(evidence: Evidence) -> bool:
    return evidence.body.holds(CLOSE_PERCENT) and begins_as_it(evidence)


def is_kept(edge: Edge) -> bool:
    """Whether an edge is written down: it has a kind, or came near one."""
    return edge.kind is not None or edge.rule == NEAR_MISS


def is_within(a: Sketch, b: Sketch, profile: Profile) -> bool:
    """Whether two documents are close enough in time to be compared; an unknown time is close to every other."""
    if profile.window_hours is None or a.published_at is None or b.published_at is None:
        return True
    return abs(a.published_at - b.published_at) <= timedelta(hours=profile.window_hours)
