"""Figures, their multiples and their units are the same words, in whatever way a desk writes them."""

from __future__ import annotations

import pytest

from copydesk.pipeline.sign.words import NUMBER_MARK, hash_words


def list_hashes(text: str) -> list[int]:
    return [int(value) for value in hash_words([text]).hashes]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("payable October one", "payable October 1"),
        ("rose 12 pct", "rose 12%"),
        ("rose 12 percent", "rose 12 per cent"),
        ("un 9 por ciento", "un 9 %"),
        ("um acht Prozent", "um 8 %"),
        ("на семь процентов", "на 7%"),
        ("بنسبة ٤٠ بالمئة", "بنسبة 40%"),
        ("9.7 mln dlrs from 8.1 mln", "$9.7 million from $8.1 million"),
        ("22.5 mln stg", "22.5 million pounds"),
        ("3,5 Mio. Euro", "3,5 Millionen €"),
        ("14,2 M€", "14,2 millions d'euros"),
        ("1,4 млрд руб.", "1,4 миллиарда рублей"),
        ("31,5 mln de euros", "31,5 millones de euros"),
        ("the 3rd quarter", "the third quarter"),
        ("le 1er octobre", "le premier octobre"),
        ("80 Tonnen auf 4 km", "80 t auf vier Kilometern"),
        ("छह महीने", "६ महीने"),
        ("五月一日起八个月", "5月1日起8个月"),
        ("全长二十三公里，投资五十八亿元", "全长二十三公里，投资58亿元"),
        ("二〇二六年", "2026年"),
        ("一百零五人", "105人"),
        ("60퍼센트", "60%"),
    ],
)
def test_figures_in_words_and_signs_are_equal(one: str, other: str) -> None:
    assert list_hashes(one) == list_hashes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("two men", "three men"),
        ("9.7 million", "9.7 billion"),
        ("a cent for your thoughts", "a % for your thoughts"),
        ("the m and the b", "the million and the billion"),
        ("一些人", "1些人"),
        ("paid by the pound", "paid by the"),
    ],
)
def test_words_that_are_no_figure_keep_apart(one: str, other: str) -> None:
    assert list_hashes(one) != list_hashes(other)


def test_words_of_figures_are_no_numbers() -> None:
    batch = hash_words(["One of the two paid 3 million."])
    assert (batch.marks == NUMBER_MARK).sum() == 1


def test_pair_does_not_cross_the_border_of_two_texts() -> None:
    texts = ["12 per", "cent of all", "up 5", "dollars each"]
    batch = hash_words(texts)
    alone = [list_hashes(text) for text in texts]
    assert [
        batch.hashes[start:end].tolist() for start, end in zip(batch.starts, batch.starts[1:], strict=False)
    ] == alone
