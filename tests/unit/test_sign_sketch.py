"""A sketch depends only on its document and the profile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from copydesk.pipeline.core.dedup_records import Sketch
from copydesk.pipeline.core.errors import BadProfile
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.sign import sign, sign_texts, sketch
from tests.story_builder import make_corpus, make_story

PROFILE = Profile()


def to_dict(one: Sketch) -> dict[str, object]:
    features = {name: getattr(one.features, name) for name in one.features.__slots__}
    values = {"id": one.id, "minhash": one.minhash, "shingles": one.shingles, "keys": one.keys, **features}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def sign_one(document: Document) -> Sketch:
    return sign([document], PROFILE)[0]


def test_sketches_do_not_depend_on_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = make_corpus(1, 30)
    together = [to_dict(one) for one in sign(documents, PROFILE)]
    monkeypatch.setattr(sketch, "BATCH_DOCUMENTS", 7)
    assert [to_dict(one) for one in sign(documents, PROFILE)] == together
    assert [to_dict(sign_one(document)) for document in documents] == together


def test_sign_texts_gives_the_same_signatures() -> None:
    documents = make_corpus(2, 20)
    alone = sign_texts([document.body for document in documents], PROFILE)
    assert alone.tolist() == [one.minhash.tolist() for one in sign(documents, PROFILE)]
    assert sign_texts([], PROFILE).shape == (0, 128)


def test_keys_are_at_most_sixteen_and_distinct() -> None:
    sizes = [sign_one(make_story(number, sentences)).keys.size for number in range(9) for sentences in (1, 2, 30)]
    assert set(sizes) == {16}
    one = sign_one(make_story(1))
    assert one.keys.dtype == np.int64
    assert len(set(one.keys.tolist())) == 16


def test_keys_of_short_texts_or_with_a_figure_score_two() -> None:
    plain = sign_one(Document("a", "", "the mayor of the old town has opened a bridge"))
    assert sorted(plain.keys % 2) == [0] * 5 + [1] * 5
    with_figure = sign_one(Document("a", "", "the mayor of the old town has opened 2 bridges"))
    assert sorted(with_figure.keys % 2) == [0] * 3 + [1] * 5
    assert sorted(sign_one(Document("a", "", "the mayor of the town")).keys % 2) == [0, 1]
    assert sorted(sign_one(Document("a", "", "a bridge")).keys % 2) == [0, 1]


def test_shortened_copy_shares_keys_with_the_whole() -> None:
    for number in range(40):
        whole = make_story(number, 30)
        words = whole.body.split()
        copies = [replace(whole, id=str(left), body=" ".join(words[:left])) for left in (20, 40, 60, 200)]
        one, *others = sign([whole, *copies], PROFILE)
        assert len(words) > 500
        assert all(len(set(one.keys.tolist()) & set(other.keys.tolist())) > 1 for other in others)


def test_shingles_are_sorted() -> None:
    one = sign_one(make_story(1))
    assert (np.diff(one.shingles.view(np.uint64).astype(object)) > 0).all()


def test_title_is_not_part_of_the_shingles() -> None:
    story = make_story(2)
    one, other = sign([story, replace(story, id="b", title="Quite another headline")], PROFILE)
    assert one.shingles.tolist() == other.shingles.tolist()
    assert one.features.text_hash != other.features.text_hash


def test_flash_is_signed_with_its_title() -> None:
    flash = sign_one(Document("f", "Dam bursts above Eskvale", "Dam bursts above Eskvale"))
    assert flash.shingles.size == 4
    assert flash.features.word_count == 4


def test_text_shorter_than_a_shingle_has_exact_keys() -> None:
    one, same, other = sign(
        [
            Document("a", "Dam bursts", "Dam bursts"),
            Document("b", "dam bursts", "dam BURSTS!"),
            Document("c", "Dam", "holds"),
        ],
        PROFILE,
    )
    assert one.shingles.size == 0
    assert one.keys.tolist() == same.keys.tolist()
    assert len(one.keys) == 2
    assert one.keys.tolist() != other.keys.tolist()


def test_headline_only_and_brief_texts_are_marked() -> None:
    line = "Dam bursts above Eskvale, ministry says"
    texts = [line, "Water reached the first houses at noon", make_story(1, 1).body, make_story(1, 4).body]
    signed = sign([Document(str(at), line, text) for at, text in enumerate(texts)], PROFILE)
    assert [one.features.is_headline_only for one in signed] == [True, False, False, False]
    assert [one.features.is_brief for one in signed] == [True, True, True, False]
    kill = sign_one(Document("k", f"KILL: {line}", make_story(1, 4).body))
    assert (kill.features.is_headline_only, kill.features.is_brief) == (True, True)


@pytest.mark.parametrize("text", ["", "   ", "— … !"])
def test_text_without_words_has_no_key(text: str) -> None:
    assert sign_one(Document("e", text, text)).keys.size == 0


@pytest.mark.parametrize(
    ("title", "notice"),
    [
        ("CORRECTED - Ferry fares rise in May", "correction"),
        ("(Corrected) Ferry fares rise in May", "correction"),
        ("UPDATE 2-Ferry fares rise in May", "update"),
        ("RPT-Ferry fares rise in May", "refile"),
        ("KILL: Ferry fares rise in May", "kill"),
        ("2nd Lead: Ferry fares rise in May", "lead"),
        ("RPT-CORRECTED-Ferry fares rise in May", "refile"),
        ("Ferry fares rise in May", ""),
    ],
)
def test_desk_mark_before_a_title_gives_the_notice(title: str, notice: str) -> None:
    plain = sign_one(Document("p", "Ferry fares rise in May", "x"))
    one = sign_one(Document("t", title, "x"))
    assert one.features.notice == notice
    assert one.features.title.tolist() == plain.features.title.tolist()


@pytest.mark.parametrize(
    "title", ["Lead prices fall", "Update on the dam", "Killed miner named", "Correction", "Wrap up warm"]
)
def test_title_that_looks_like_a_notice_has_none(title: str) -> None:
    assert sign_one(Document("t", title, "x")).features.notice == ""


@pytest.mark.timeout(5)
@pytest.mark.parametrize("mark", ["RPT-", "(", ")", "[ ", "kill) ", "- "])
def test_hostile_title_is_signed_quickly(mark: str) -> None:
    assert sign_one(Document("t", mark * 300_000, "x")).features.word_count == 1


def test_notice_of_the_article_wins() -> None:
    assert sign_one(Document("t", "UPDATE 1-Dam holds", "x", notice="kill")).features.notice == "kill"


def test_unknown_scheme_is_rejected() -> None:
    with pytest.raises(BadProfile, match="cannot sign"):
        sign([], Profile(scheme="affine64"))
