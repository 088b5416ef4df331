"""How the normalizer splits a text into words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.sign import words
from copydesk.pipeline.sign.words import NAME_MARK, NUMBER_MARK, hash_words


def list_hashes(text: str) -> list[int]:
    return [int(value) for value in hash_words([text]).hashes]


def hash_word(word: str) -> int:
    """Return the polynomial of the word's characters, mixed, in Python integers."""
    return mix_bits(sum(ord(char) * 0x9E3779B97F4A7C15**at for at, char in enumerate(word)) % 2**64)


def mix_bits(value: int) -> int:
    """Apply the finalizer of MurmurHash3."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> 33) * factor % 2**64
    return value ^ value >> 33


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Ferry LEFT", "the ferry left"),
        ("the mayor’s “plan”", 'the mayor\'s "plan"'),
        ("co\u00adoperate to\u200bday", "cooperate today"),
        ("cafe\u0301", "café"),
        ("one,two;three", "one two three"),
        ("  spaced \t out \n\n lines ", "spaced out lines"),
        ("under_scored", "under scored"),
        ("the 3rd of 20MW", "the 3 rd of 20 MW"),
        ("'quoted' and 'so'", "quoted and so"),
        ("first, second - 5: 6", "first second 5 6"),
    ],
    ids=["case", "quotes", "invisible", "composed", "punctuation", "blanks", "underscore", "units", "single", "loose"],
)
def test_variants_have_equal_words(one: str, other: str) -> None:
    assert list_hashes(one) == list_hashes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("up 5.2 percent", "up 52 percent"), ("at 6-3/16", "at 6-5/16"), ("1,780 tonnes", "1,790 tonnes")],
)
def test_different_figures_have_different_words(one: str, other: str) -> None:
    assert list_hashes(one) != list_hashes(other)


def test_figure_is_one_word_with_its_punctuation() -> None:
    assert list_hashes("Sold 1,780.50 for 6-3/16.") == [
        hash_word(word) for word in ("sold", "1780.50", "for", "6.3.16")
    ]


def test_words_of_any_script_are_hashed_by_character() -> None:
    text = "don't l\u2019eau covid19 Straße ÉTÉ Москва हिन्दी مرحبا 𝔘"
    words = ["don't", "l'eau", "covid19", "strasse", "ete", "москва", "हिन्दी", "مرحبا", "u"]
    assert list_hashes(text) == [hash_word(word) for word in words]


def test_scripts_without_spaces_become_bigrams() -> None:
    assert list_hashes("東京都は") == [hash_word(pair) for pair in ("東京", "京都", "都は")]
    assert list_hashes("東京。大阪") == [hash_word("東京"), hash_word("大阪")]
    assert list_hashes("Sony東京") == [hash_word("sony"), hash_word("東京")]
    assert len(list_hashes("ข่าววันนี้")) > 3


def test_capitalized_words_within_a_sentence_are_names() -> None:
    batch = hash_words(["Rain fell in Aldmoor. Nobody minded, said Mayor Brenn on 3 May."])
    text = ["rain", "fell", "in", "aldmoor", "nobody", "minded", "said", "mayor", "brenn", "on", "3", "may"]
    named = {word for word, mark in zip(text, batch.marks, strict=True) if mark == NAME_MARK}
    assert named == {"aldmoor", "mayor", "brenn", "may"}
    assert [word for word, mark in zip(text, batch.marks, strict=True) if mark == NUMBER_MARK] == ["3"]


def test_words_do_not_cross_texts() -> None:
    batch = hash_words(["one two", "", "!!!", "three"])
    assert batch.starts.tolist() == [0, 2, 2, 2, 3]
    assert batch.hashes.tolist() == list_hashes("one two three")


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "text", ["." * 1_000_000 + "a", "1-" * 500_000, "a'" * 500_000, ("!" * 4000 + "x ") * 250, "漢" * 300_000]
)
def test_hostile_text_is_hashed_quickly(text: str) -> None:
    assert hash_words([text]).hashes.size <= words.MAX_CHARS


def test_empty_input_gives_no_words() -> None:
    assert hash_words([]).starts.tolist() == [0]
    assert hash_words([""]).hashes.size == 0


def test_words_do_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Rain fell in Aldmoor.", "Über 3,5 Mio.", "", "東京都は雨", "And so on. Nobody minded."]
    together = hash_words(texts)
    monkeypatch.setattr(words, "BLOCK_CHARS", 8)
    apart = hash_words(texts)
    assert apart.hashes.tolist() == together.hashes.tolist()
    assert apart.marks.tolist() == together.marks.tolist()
    assert apart.starts.tolist() == together.starts.tolist()


def test_long_text_is_read_up_to_the_limit() -> None:
    assert hash_words(["ab " * 300_000]).hashes.size == 300_000
    assert hash_words(["a" * (words.MAX_CHARS + 7)]).hashes.tolist() == [hash_repeated_a(words.MAX_CHARS)]


def hash_repeated_a(count: int) -> int:
    """Return ``hash_word("a" * count)``, computed as a geometric series."""
    base, size = 0x9E3779B97F4A7C15, 2**64
    power, total, step = 1, 0, 1
    # Double the number of terms from the left for each binary digit of the count.
    for digit in f"{count:b}":
        total, power = (total + power * total) % size, power * power % size
        if digit == "1":
            total, power = (total * base + step) % size, power * base % size
    return mix_bits(ord("a") * total % size)


@given(st.lists(st.text(max_size=60), max_size=5))
def test_batch_gives_the_same_words_as_single_texts(texts: list[str]) -> None:
    batch = hash_words(texts)
    alone = [hash_words([text]) for text in texts]
    assert batch.hashes.tolist() == [value for one in alone for value in one.hashes.tolist()]
    assert batch.marks.tolist() == [value for one in alone for value in one.marks.tolist()]
