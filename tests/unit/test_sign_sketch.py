"""A sketch depends on its document and the profile alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from copydesk.pipeline.core.dedup_records import Sketch
from copydesk.pipeline.core.errors import BadProfile
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.sign import sign, sign_texts, sketch
from tests.story_builder import make_corpus, write_story

PROFILE = Profile()


def show(one: Sketch) -> dict[str, object]:
    features = {name: getattr(one.features, name) for name in one.features.__slots__}
    values = {"id": one.id, "minhash": one.minhash, "shingles": one.shingles, "keys": one.keys, **features}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def sign_one(document: Document) -> Sketch:
    return sign([document], PROFILE)[0]


def test_batches_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = make_corpus(1, 30)
    together = [show(one) for one in sign(documents, PROFILE)]
    monkeypatch.setattr(sketch, "BATCH_DOCUMENTS", 7)
    assert [show(one) for one in sign(documents, PROFILE)] == together
    assert [show(sign_one(document)) for document in documents] == together


def test_signing_texts_alone_gives_the_same_values() -> None:
    documents = make_corpus(2, 20)
    alone = sign_texts([document.body for document in documents], PROFILE)
    assert alone.tolist() == [one.minhash.tolist() for one in sign(documents, PROFILE)]
    assert sign_texts([], PROFILE).shape == (0, 128)


def test_keys_are_few_and_distinct() -> None:
    sizes = [sign_one(write_story(number, sentences)).keys.size for number in range(9) for sentences in (1, 2, 30)]
    assert set(sizes) == {16}
    one = sign_one(write_story(1))
    assert one.keys.dtype == np.int64
    assert len(set(one.keys.tolist())) == 16


def test_the_keys_of_a_short_text_are_sure_and_a_figure_makes_them_so() -> None:
    plain = sign_one(Document("a", "", "the mayor of the old town has opened a bridge"))
    assert sorted(plain.keys % 2) == [0] * 5 + [1] * 5
    told = sign_one(Document("a", "", "the mayor of the old town has opened 2 bridges"))
    assert sorted(told.keys % 2) == [0] * 3 + [1] * 5
    assert sorted(sign_one(Document("a", "", "the mayor of the town")).keys % 2) == [0, 1]
    assert sorted(sign_one(Document("a", "", "a bridge")).keys % 2) == [0, 1]


def test_a_copy_cut_short_has_keys_of_the_whole_whatever_the_hash() -> None:
    for number in range(40):
        whole = write_story(number, 30)
        words = whole.body.split()
        copies = [replace(whole, id=str(left), body=" ".join(words[:left])) for left in (20, 40, 60, 200)]
        one, *others = sign([whole, *copies], PROFILE)
        assert len(words) > 500
        assert all(len(set(one.keys.tolist()) & set(other.keys.tolist())) > 1 for other in others)


def test_shingles_are_in_order() -> None:
    one = sign_one(write_story(1))
    assert (np.diff(one.shingles.view(np.uint64).astype(object)) > 0).all()


def test_the_title_is_not_part_of_the_body() -> None:
    story = write_story(2)
    one, other = sign([story, replace(story, id="b", title="Quite another headline")], PROFILE)
    assert one.shingles.tolist() == other.shingles.tolist()
    assert one.features.text_hash != other.features.text_hash


def test_a_flash_is_signed_with_its_title() -> None:
    flash = sign_one(Document("f", "Dam bursts above Eskvale", "Dam bursts above Eskvale"))
    assert flash.shingles.size == 4
    assert flash.features.word_count == 4


def test_a_text_shorter_than_a_shingle_has_one_exact_key() -> None:
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


def test_bare_and_slight() -> None:
    line = "Dam bursts above Eskvale, ministry says"
    texts = [line, "Water reached the first houses at noon", write_story(1, 1).body, write_story(1, 4).body]
    signed = sign([Document(str(at), line, text) for at, text in enumerate(texts)], PROFILE)
    assert [one.features.is_headline_only for one in signed] == [True, False, False, False]
    assert [one.features.is_brief for one in signed] == [True, True, True, False]
    kill = sign_one(Document("k", f"KILL: {line}", write_story(1, 4).body))
    assert (kill.features.is_headline_only, kill.features.is_brief) == (True, True)


@pytest.mark.parametrize("text", ["", "   ", "— … !"])
def test_a_text_without_words_has_no_key(text: str) -> None:
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
def test_what_a_desk_writes_before_a_title(title: str, notice: str) -> None:
    plain = sign_one(Document("p", "Ferry fares rise in May", "x"))
    one = sign_one(Document("t", title, "x"))
    assert one.features.notice == notice
    assert one.features.title.tolist() == plain.features.title.tolist()


@pytest.mark.parametrize(
    "title", ["Lead prices fall", "Update on the dam", "Killed miner named", "Correction", "Wrap up warm"]
)
def test_titles_that_only_look_like_notices(title: str) -> None:
    assert sign_one(Document("t", title, "x")).features.notice == ""


@pytest.mark.timeout(5)
@pytest.mark.parametrize("mark", ["RPT-", "(", ")", "[ ", "kill) ", "- "])
def test_hostile_titles_take_no_longer(mark: str) -> None:
    assert sign_one(Document("t", mark * 300_000, "x")).features.word_count == 1


def test_a_notice_of_the_article_wins() -> None:
    assert sign_one(Document("t", "UPDATE 1-Dam holds", "x", notice="kill")).features.notice == "kill"


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(BadProfile, match="cannot sign"):
        sign([], Profile(scheme="affine64"))
