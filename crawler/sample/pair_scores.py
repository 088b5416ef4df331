"""How well found stories agree with the truth, pair by pair."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol
from urllib.parse import urlsplit


class Known(Protocol):
    """What scoring reads of a truth."""

    @property
    def url(self) -> str: ...
    @property
    def story(self) -> str: ...
    @property
    def relation(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PairScore:
    """Pairs of articles said to be one story, against those that are.

    ``articles`` known to both sides; ``true``, ``found`` and ``hit`` count pairs; ``missed`` tells, by the relations
    of the two articles, how many true pairs were not found; ``wrong`` lists up to 20 pairs found that are not true.
    """

    articles: int
    true: int
    found: int
    hit: int
    missed: Mapping[str, int]
    wrong: tuple[tuple[str, str], ...]

    @property
    def precision(self) -> float:
        """The share of found pairs that are true; 1.0 where none was found."""
        return self.hit / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of true pairs that were found; 1.0 where there is none."""
        return self.hit / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def score_pairs(truths: Iterable[Known], predicted: Mapping[str, object]) -> PairScore:
    """Score ``predicted`` (address -> story id) over the articles that both know.

    Addresses are compared without query and fragment, which tell no sample article from another.
    """
    found_stories = {_strip(url): story for url, story in predicted.items()}
    known = [one for one in truths if _strip(one.url) in found_stories]
    by_truth: dict[str, list[Known]] = defaultdict(list)
    by_found: dict[object, list[Known]] = defaultdict(list)
    by_both: Counter[tuple[str, object]] = Counter()
    for one in known:
        story = found_stories[_strip(one.url)]
        by_truth[one.story].append(one)
        by_found[story].append(one)
        by_both[one.story, story] += 1
    missed: Counter[str] = Counter()
    for members in by_truth.values():
        for one, other in combinations(members, 2):
            if found_stories[_strip(one.url)] != found_stories[_strip(other.url)]:
                missed[" + ".join(sorted((str(one.relation), str(other.relation))))] += 1
    return PairScore(
        articles=len(known),
        true=sum(_pairs(len(members)) for members in by_truth.values()),
        found=sum(_pairs(len(members)) for members in by_found.values()),
        hit=sum(_pairs(count) for count in by_both.values()),
        missed=dict(missed.most_common()),
        wrong=_list_wrong(by_found.values()),
    )


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _list_wrong(groups: Iterable[list[Known]]) -> tuple[tuple[str, str], ...]:
    wrong: list[tuple[str, str]] = []
    for members in groups:
        by_story = {one.story: one for one in members}  # one of each story is enough to show
        wrong += [(one.url, other.url) for one, other in combinations(by_story.values(), 2)]
        if len(wrong) >= 20:
            break
    return tuple(wrong[:20])


def _strip(url: str) -> str:
    return urlsplit(url)._replace(query="", fragment="").geturl()
