"""How well a grouping of articles agrees with the truth, measured by pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Agreement:
    """``ari``: adjusted Rand index (Hubert and Arabie, 1985). ``precision`` and ``recall`` of pairs. ``largest``: size
    of the largest group. ``wrong``: number of joined pairs of different stories; ``wrong_by_kind``: those with an
    article of that kind.
    """

    articles: int
    ari: float
    precision: float
    recall: float
    largest: int
    wrong: int
    wrong_by_kind: Mapping[str, int] = field(default_factory=dict)


def compare_groups(
    truth: Mapping[str, str], found: Mapping[str, str], kinds: Mapping[str, str] | None = None
) -> Agreement:
    """Compare the group of each article with its story.

    Raises:
        KeyError: An article has no group.
    """
    both = _count_pairs(Counter((truth[one], found[one]) for one in truth).values())
    sizes = Counter(found[one] for one in truth)
    true, said = _count_pairs(Counter(truth.values()).values()), _count_pairs(sizes.values())
    total = _count_pairs([len(truth)])
    expected = true * said / total if total else 0.0
    top = (true + said) / 2
    return Agreement(
        articles=len(truth),
        ari=(both - expected) / (top - expected) if top != expected else 1.0,
        precision=both / said if said else 1.0,
        recall=both / true if true else 1.0,
        largest=max(sizes.values(), default=0),
        wrong=said - both,
        wrong_by_kind=_count_wrong(truth, found, kinds) if kinds else {},
    )


def join_pairs(ids: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the story of each article if some pairs are known to belong together."""
    story = {one: one for one in ids}
    members = {one: [one] for one in story}
    for one, other in pairs:
        a, b = story[one], story[other]
        if a != b:
            for moved in members.pop(b):
                story[moved] = a
                members[a].append(moved)
    return story


def _count_wrong(truth: Mapping[str, str], found: Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, int]:
    groups: dict[str, list[str]] = defaultdict(list)
    for one in truth:
        groups[found[one]].append(one)
    wrong = dict.fromkeys(kinds.values(), 0)
    for members in groups.values():
        # Counted by story and kind, so that a group of thousands is fast too.
        parts = Counter((truth[one], kinds[one]) for one in members)
        for ((story, kind), many), ((another, like), few) in combinations(parts.items(), 2):
            if story != another:
                for one in {kind, like}:
                    wrong[one] += many * few
    return wrong


def _count_pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
