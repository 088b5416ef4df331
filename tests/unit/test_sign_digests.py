"""Which texts are digests, what their items are, and how items find their stories."""

from __future__ import annotations

import pytest

from copydesk.pipeline.core.dedup_records import EdgeKind
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match import find_candidates, verify
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.sign import sign
from copydesk.pipeline.sign.digest_items import split_digest_items
from tests.story_builder import NOON, copy, cut, make_story

ITEMS = [make_story(seed) for seed in range(40, 46)]
MAX_KEYS = 16


def first_paragraph(item: Document) -> str:
    return item.body.split("\n\n")[0]


@pytest.mark.parametrize(
    "form",
    [
        "{slug} - {text}",
        "{slug} – {text}",
        "{slug}: {text}",
        "{slug}\n\n{text}",
        "ALDMOOR (Hillwire) - {text}",
        "Aldmoor, March 1 (Hillwire) — {text}",
    ],
)
def test_items_are_split_at_slugs_and_datelines(form: str) -> None:
    items = [form.format(slug=item.title.upper(), text=first_paragraph(item)) for item in ITEMS]
    assert split_digest_items("The news at seven.\n\n" + "\n\n".join(items)) == [
        first_paragraph(item) for item in ITEMS
    ]


def test_slug_may_contain_a_colon_and_items_several_paragraphs() -> None:
    items = split_digest_items("\n\n".join(f"ALDMOOR: DAM BURSTS - First words.\n\nMore of {n}." for n in range(4)))
    assert items == [f"First words.\nMore of {n}." for n in range(4)]


@pytest.mark.parametrize(
    "body",
    [
        ITEMS[0].body,
        "Q: Why?\n\nA: Because.\n\nQ: And then?\n\nA: Nothing - nothing at all.",
        "NOTE - one\n\nNOTE - two\n\nNOTE - three\n\nNOTE - four",
        "ALDMOOR (Hillwire) - One dateline.\n\nMore (of this) - and that.\n\nThe end.",
        "水坝决堤 - 一\n\n水坝决堤 - 二\n\n水坝决堤 - 三",
        "",
    ],
)
def test_single_story_is_not_a_digest(body: str) -> None:
    assert split_digest_items(body) == []


def make_digest(count: int) -> Document:
    items = [make_story(seed) for seed in range(40, 40 + count)]
    text = "\n\n".join(f"{item.title.upper()} - {first_paragraph(item)}" for item in items)
    return Document("digest", "Evening digest", f"Here is the news.\n\n{text}", NOON)


@pytest.mark.parametrize("count", [3, 6, 14, 40])
def test_item_finds_its_story_within_the_key_limit(count: int) -> None:
    stories = [make_story(seed) for seed in range(40, 40 + count)]
    sketches = sign([make_digest(count), *stories, make_story(99)], Profile())
    assert sketches[0].keys.size <= MAX_KEYS
    pairs = [pair for pair in find_candidates(sketches, Profile()) if 0 in pair]
    assert set(pairs) >= {(0, at) for at in range(1, count + 1)}
    assert verify(sketches[0], sketches[-1], Profile()).kind is None
    for at in range(1, count + 1):
        edge = verify(sketches[0], sketches[at], Profile())
        assert (edge.kind, edge.merges, edge.rule, edge.container_id) == (
            EdgeKind.PART_OF,
            False,
            "digest_item",
            "digest",
        )


def test_digest_has_copies_like_any_text() -> None:
    digest = make_digest(6)
    a, b, c = sign([digest, copy(digest, "b"), copy(digest, "c", 1, body=cut(digest, 5))], Profile())
    assert verify(a, b, Profile()).kind is EdgeKind.DUPLICATE
    assert verify(a, c, Profile()).kind is EdgeKind.EXCERPT
    assert len(find_candidates([a, b, c], Profile())) == 3


def test_story_longer_than_the_digest_is_still_the_part() -> None:
    long = make_story(40, 60)
    digest, story = sign([make_digest(3), Document("long", long.title, long.body, NOON)], Profile())
    edge = verify(digest, story, Profile())
    assert (edge.kind, edge.container_id) == (EdgeKind.PART_OF, "digest")


@pytest.mark.parametrize(
    "title", ["Evening digest", "WRAPUP 2-Evening digest", "ROUNDUP: Evening digest", "UPDATE 1-Digest"]
)
@pytest.mark.parametrize("whole", [0, 2])
def test_digest_never_merges_with_its_items(title: str, whole: int) -> None:
    """Even if it contains an item whole or as its first one, or has the headline of an item."""
    items = [make_story(seed) for seed in range(40, 46)]
    texts = [item.body if at == whole else first_paragraph(item) for at, item in enumerate(items)]
    body = "\n\n".join(f"{item.title.upper()} - {text}" for item, text in zip(items, texts, strict=True))
    for headline in (title, items[whole].title):
        digest = Document("digest", headline, body, NOON)
        found = deduplicate([digest, *items])
        assert len(found.clusters) == 1 + len(items)
        kinds = {edge.kind for edge in found.edges if "digest" in {edge.a, edge.b}}
        assert kinds == {EdgeKind.PART_OF}


def test_text_of_two_items_does_not_join_them() -> None:
    """Its form is not that of a digest; it may count as a longer version of its first item, but of no other."""
    one, two = make_story(40), make_story(41)
    both = Document("both", "Two matters of the council", f"{one.body}\n\n{two.body}", NOON)
    assigned = deduplicate([one, both, two]).assignments
    assert assigned[one.id] != assigned[two.id] != assigned["both"]
