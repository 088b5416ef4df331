"""How well found stories agree with the truth, pair by pair."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol
from urllib.parse import urlsplit


class LabeledArticle(Protocol):
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
    true_pairs: int
    predicted_pairs: int
    true_positives: int
    missed_by_relation: Mapping[str, int]
    false_positives: tuple[tuple[str, str], ...]

    @property
    def precision(self) -> float:
        """The share of found pairs that are true; 1.0 where none was found."""
        return self.true_positives / self.predicted_pairs if self.predicted_pairs else 1.0

    @property
    def recall(self) -> float:
        """The share of true pairs that were found; 1.0 where there is none."""
        return self.true_positives / self.true_pairs if self.true_pairs else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def score_pairs(truths: Iterable[LabeledArticle], predicted: Mapping[str, object]) -> PairScore:
    """Score ``predicted`` (address -> story id) over the articles that both know.

    Addresses are compared without query and fragment, which tell no sample article from another.
    """
    found_stories = {_strip_query(url): story for url, story in predicted.items()}
    known = [one for one in truths if _strip_query(one.url) in found_stories]
    by_truth: dict[str, list[LabeledArticle]] = defaultdict(list)
    by_found: dict[object, list[LabeledArticle]] = defaultdict(list)
    by_both: Counter[tuple[str, object]] = Counter()
    for labeled in known:
        story = found_stories[_strip_query(labeled.url)]
        by_truth[labeled.story].append(labeled)
        by_found[story].append(labeled)
        by_both[labeled.story, story] += 1
    missed: Counter[str] = Counter()
    for members in by_truth.values():
        for labeled, other in combinations(members, 2):
            if found_stories[_strip_query(labeled.url)] != found_stories[_strip_query(other.url)]:
                missed[" + ".join(sorted((str(labeled.relation), str(other.relation))))] += 1
    return PairScore(
        articles=len(known),
        true_pairs=sum(_count_pairs(len(members)) for members in by_truth.values()),
        predicted_pairs=sum(_count_pairs(len(members)) for members in by_found.values()),
        true_positives=sum(_count_pairs(count) for count in by_both.values()),
        missed_by_relation=dict(missed.most_common()),
        false_positives=_list_false_positives(by_found.values()),
    )


def _count_pairs(count: int) -> int:
    return count * (count - 1) // 2


def _list_false_positives(groups: Iterable[list[LabeledArticle]]) -> tuple[tuple[str, str], ...]:
    wrong: list[tuple[str, str]] = []
    for members in groups:
        by_story = {one.story: one for one in members}  # one of each story is enough to show
        wrong += [(one.url, other.url) for one, other in combinations(by_story.values(), 2)]
        if len(wrong) >= 20:
            break
    return tuple(wrong[:20])


def _strip_query(url: str) -> str:
    return urlsplit(url)._replace(query="", fragment="").geturl()
