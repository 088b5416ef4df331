"""Forms with their subject in the text alone, flashes of one line or none, and Persian copy without non-joiners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match.verify import verify
from copydesk.pipeline.sign import sign

TIME = datetime(2026, 3, 5, 8, tzinfo=UTC)
TIDES = (
    "In {} the tide comes late on Friday and brings calm water to the moorings behind the wall. Boats may leave from "
    "noon, and bathers should keep to the marked beach because the current is strong near the old jetty."
)
BOATS = (
    "Boats may leave from {} after noon because the tide comes late and the water behind the wall is calm, but bathers "
    "should keep to the marked beach near the jetty."
)
JA_TIDES = (
    "{}は金曜日、満潮が遅く、係留所の海は穏やかになる見込み。船は正午から出られるが、"
    "古い桟橋の近くは流れが強く、海水浴客は注意が必要と港湾局は伝えている。"
)
ZH_TIDES = (
    "{}周五涨潮较晚，防波堤后的水面平静，船只中午起可以出港。旧栈桥附近水流较急，游泳者应留在划定的海滩，海事部门提醒。"
)
STORY = (
    "A tanker ran aground off Marl on Thursday, the coast guard said, and a tug pulled its crew of nobody knows how "
    "many from the deck before night. The owner promised to pump out the oil as soon as the wind drops."
)
PERSIAN = (
    "فرماندار روز پنجشنبه گفت که بازسازی راه‌های روستایی پیش از بهار پایان می‌یابد و گروه‌های کارگر بی‌وقفه کار می‌کنند. "
    "او افزود که پل‌ها بزرگ‌تر ساخته می‌شوند و خانواده‌ها گزارش پیشرفت کار را هر هفته دریافت خواهند کرد."
)


def judge(a: tuple[str, str], b: tuple[str, str], minutes: int = 5, notice: str = "") -> tuple[bool, str]:
    """Return whether two documents (title, body) merge, and the rule; the second one is later."""
    profile = Profile()
    documents = [
        Document("a", a[0], a[1], TIME, notice=notice),
        Document("b", b[0], b[1], TIME + timedelta(minutes=minutes)),
    ]
    first, second = sign(documents, profile)
    edge = verify(first, second, profile)
    return edge.merges, edge.rule


@pytest.mark.parametrize(
    ("title", "text", "subjects"),
    [
        ("Tides today", TIDES, ("Wendle", "Orle")),
        ("Tides and currents for the coast today", TIDES, ("Wendle", "Orle")),
        ("Tides today", BOATS, ("Wendle", "Orle")),
        ("きょうの潮", JA_TIDES, ("東浦", "西崎")),
        ("今日潮汐", ZH_TIDES, ("安港", "宁湾")),
    ],
)  # fmt: skip
def test_form_under_one_title_about_another_subject_is_another_story(
    title: str, text: str, subjects: tuple[str, str]
) -> None:
    a, b = ((title, text.format(subject)) for subject in subjects)
    assert judge(a, b) == (False, "other_subject")
    assert judge(a, a)[0]


@pytest.mark.parametrize(
    ("title", "old", "new"),
    [
        ("Tides today", "calm", "quiet"),
        ("Tides today", "may", "can"),
        ("Tides today", "In Wendle", "Around Wendle"),
        ("Tide comes late to the moorings", "Friday", "Saturday"),
    ],
)
def test_replaced_word_that_is_not_the_subject_is_a_copy(title: str, old: str, new: str) -> None:
    text = TIDES.format("Wendle")
    assert judge((title, text), (title, text.replace(old, new)))[0]


def test_correction_may_replace_the_subject() -> None:
    a, b = (("Tides today", TIDES.format(name)) for name in ("Wendle", "Wendel"))
    assert judge(a, b, notice="correction")[0]


def test_text_with_figures_is_judged_by_them() -> None:
    text = TIDES.replace("noon", "12.40")
    assert judge(("Tides today", text.format("Wendle")), ("Tides today", text.format("Orle")))[1] != "other_subject"


def test_chinese_numeral_that_opens_a_text_is_not_a_subject() -> None:
    a, b = (
        (
            "货轮起火",
            f"{count}人获救，起火货轮已被拖离航道，海事部门周四表示，火势得到控制，没有油污泄漏，港口照常开放。",
        )
        for count in "两三"
    )
    assert judge(a, b)[0]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Tanker runs aground off Marl.",
        "Tanker runs aground off Marl, coast guard says.",
        "Tanker runs aground off Marl, the coast guard said.",
    ],
)
def test_flash_joins_the_story_with_its_title(body: str) -> None:
    title = "Tanker runs aground off Marl"
    assert judge((title, body), (title, STORY)) == (True, "flash")
    assert judge((f"FLASH: {title}", body), (title, STORY)) == (True, "flash")


@pytest.mark.parametrize(
    ("title", "body", "minutes"),
    [
        ("Tanker runs aground off Marl", "", 13 * 60),
        ("Tanker runs aground off Orle", "", 5),
        ("Tanker aground", "", 5),
        (
            "Tanker runs aground off Marl",
            "Tanker runs aground off Marl, a fisherman and two of his sons said.",
            13 * 60,
        ),
    ],
)
def test_flash_of_another_story_stays_apart(title: str, body: str, minutes: int) -> None:
    assert not judge(
        (title, body),
        (title if minutes > 60 or " off " not in title else "Tanker runs aground off Marl", STORY),
        minutes,
    )[0]


def test_source_of_a_flash_has_four_words() -> None:
    title = "Tanker runs aground off Marl"
    profile = Profile()
    bodies = (f"{title}, the coast guard said.", f"{title}, the old coast guard said.")
    flash, line = sign([Document(str(at), title, body, TIME) for at, body in enumerate(bodies)], profile)
    assert flash.features.is_headline_only
    assert not line.features.is_headline_only


def test_titles_alone_are_compared_word_for_word() -> None:
    assert judge(("Tanker runs aground off Marl", ""), ("Tanker runs aground off Marl", ""))[0]
    assert not judge(("Tanker runs aground off Marl", ""), ("Tanker runs aground off Orle", ""))[0]


@pytest.mark.parametrize("joiner", ["", " "])
def test_persian_copy_without_non_joiners_is_a_copy(joiner: str) -> None:
    for text in (PERSIAN.replace("\u200c", joiner), PERSIAN.replace("\u200c", joiner).replace("ی", "ي")):
        assert judge(("بازسازی راه", PERSIAN), ("بازسازی راه", text))[0]
