"""The digests of the sample network are linked with their items and merged with none of them."""

from __future__ import annotations

from datetime import timedelta

from copydesk.crawler.sample.ground_truth import iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.story_builder import NOON


def test_sample_digests_are_linked_with_their_items() -> None:
    truths = {one.url: one for one in iter_truths(Network(seed=5, per_day=700), NOON, NOON + timedelta(days=1))}
    documents = [
        Document(one.url, one.title, "\n\n".join(one.paragraphs), one.published_at, notice=one.notice)
        for one in truths.values()
    ]
    stories = {one.story for one in truths.values()}
    true = {(one.url, story) for one in truths.values() for story in one.item_story_ids if story in stories}
    found = set()
    for edge in deduplicate(documents).edges:
        if edge.rule == "digest_item":
            part = edge.a if edge.container_id == edge.b else edge.b
            found.add((edge.container_id, truths[part].story))
        assert not edge.merges or not (truths[edge.a].item_story_ids or truths[edge.b].item_story_ids)
    assert len(true) > 20
    assert len(found & true) >= 0.95 * len(true)
    assert len(found - true) <= 0.02 * len(true)
