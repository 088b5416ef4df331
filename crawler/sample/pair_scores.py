"""Pairwise precision and recall of a clustering, against the ground truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol
from urllib.parse import urlsplit

MAX_FALSE_POSITIVES = 20


class LabeledArticle(Protocol):
    """The attributes of a ground truth that the score uses."""

    @property
    def url(self) -> str: ...
    @property
    def story(self) -> str: ...
    @property
    def relation(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PairScore:
    """The agreement of two clusterings, as counts of pairs of articles in one story."""

    articles: int
    """The number of articles in both."""
    true_pairs: int
    predicted_pairs: int
    true_positives: int
    missed_by_relation: Mapping[str, int]
    """The number of false negatives by the relations of the two articles, such as ``copy + flash``."""
    false_positives: tuple[tuple[str, str], ...]
    """The URLs of up to ``MAX_FALSE_POSITIVES`` false positives."""

    @property
    def precision(self) -> float:
        """The share of predicted pairs that are true; 1.0 if there are none."""
        return self.true_positives / self.predicted_pairs if self.predicted_pairs else 1.0

    @property
    def recall(self) -> float:
        """The share of true pairs that were predicted; 1.0 if there are none."""
        return self.true_positives / self.true_pairs if self.true_pairs else 1.0


def score_pairs(truths: Iterable[LabeledArticle], predicted: Mapping[str, object]) -> PairScore:
    """Score a clustering over the articles that it has in common with the ground truth.

    Args:
        truths: The ground truth.
        predicted: Story IDs by URL. URLs are compared without query and fragment, which do not matter here.
    """
    predicted_stories = {_strip_query(url): story for url, story in predicted.items()}
    common = [labeled for labeled in truths if _strip_query(labeled.url) in predicted_stories]
    by_truth: dict[str, list[LabeledArticle]] = defaultdict(list)
    by_predicted: dict[object, list[LabeledArticle]] = defaultdict(list)
    by_both: Counter[tuple[str, object]] = Counter()
    for labeled in common:
        story = predicted_stories[_strip_query(labeled.url)]
        by_truth[labeled.story].append(labeled)
        by_predicted[story].append(labeled)
        by_both[labeled.story, story] += 1
    missed: Counter[str] = Counter()
    for members in by_truth.values():
        for labeled, other in combinations(members, 2):
            if predicted_stories[_strip_query(labeled.url)] != predicted_stories[_strip_query(other.url)]:
                missed[" + ".join(sorted((str(labeled.relation), str(other.relation))))] += 1
    return PairScore(
        articles=len(common),
        true_pairs=sum(_count_pairs(len(members)) for members in by_truth.values()),
        predicted_pairs=sum(_count_pairs(len(members)) for members in by_predicted.values()),
        true_positives=sum(_count_pairs(count) for count in by_both.values()),
        missed_by_relation=dict(missed.most_common()),
        false_positives=_list_false_positives(by_predicted.values()),
    )


def _count_pairs(count: int) -> int:
    return count * (count - 1) // 2


def _list_false_positives(groups: Iterable[list[LabeledArticle]]) -> tuple[tuple[str, str], ...]:
    wrong: list[tuple[str, str]] = []
    for members in groups:
        by_story = {labeled.story: labeled for labeled in members}  # one example per pair of stories
        wrong += [(first.url, second.url) for first, second in combinations(by_story.values(), 2)]
        if len(wrong) >= MAX_FALSE_POSITIVES:
            break
    return tuple(wrong[:MAX_FALSE_POSITIVES])


def _strip_query(url: str) -> str:
    return urlsplit(url)._replace(query="", fragment="").geturl()
