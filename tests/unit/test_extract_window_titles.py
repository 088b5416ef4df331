"""The headline in a window's title that nothing else on the page confirms: sections and sites are cut off."""

from __future__ import annotations

import pytest

from copydesk.pipeline.extract.blocks import parse_html
from copydesk.pipeline.extract.structured_data import read_structured
from copydesk.pipeline.extract.title import find_title

URL = "https://www.n4812.example/a/77"


def find(window: str, head: str = "", body: str = "") -> str:
    tree = parse_html(f"<head><title>{window}</title>{head}</head><body>{body}</body>")
    return find_title(tree, read_structured(tree, URL), URL)


@pytest.mark.parametrize(
    ("headline", "tails"),
    [
        (
            "Osterby votes to keep its swing bridge",
            [
                " | Osterby Post", " | Local | Osterby Post", "_Local_Osterby Post", " :: Local :: Osterby Post",
                " » Osterby Post", " • Local • Osterby Post", " - Osterby Post",
                "｜Osterby Post",
                " – Local – Osterby Post", " - Local | Osterby Post", " — The Osterby Post",
            ],
        ),
        ("Osterby behält seine alte Drehbrücke", [" | Lokales | Hafenbote", " – Lokales – Der Hafenbote"]),
        ("Остербю сохраняет старый разводной мост", [" :: Новости :: Вестник", " | Вестник", " - Портовый вестник"]),
        ("奥斯特比议会投票保留旧旋转桥", ["_新闻中心_港口网", "-港口网", " - 港口网", "|港口网", "——港口网"]),
        ("オスタビー議会、古い旋回橋の存続を決定", [" | 港湾新報", "｜港湾新報", "-港湾新報"]),
        ("오스테르뷔 의회, 오래된 선개교 존치 결정", [" | 항구신문", " - 항구신문", " :: 항구신문"]),
        ("مجلس أوستربي يصوت على إبقاء الجسر القديم", [" | جريدة المرفأ", " - جريدة المرفأ", " :: المرفأ"]),
    ],
)  # fmt: skip
def test_section_and_site_behind_the_headline_are_cut(headline: str, tails: list[str]) -> None:
    for tail in tails:
        assert find(headline + tail) == headline


@pytest.mark.parametrize(
    "window",
    [
        "Local | Osterby votes to keep its swing bridge | Post",
        "Osterby Post | Osterby votes to keep its swing bridge",
        "The Osterby Morning Post :: Osterby votes to keep its swing bridge",
    ],
)
def test_section_and_site_before_the_headline_are_cut(window: str) -> None:
    assert find(window) == "Osterby votes to keep its swing bridge"


@pytest.mark.parametrize(
    "headline",
    [
        "Osterby – the town that keeps its bridge",
        "Osterby keeps its swing bridge – engineers leave early",
        "Osterby hält an der Drehbrücke fest – Ingenieure gehen früh",
        "Ferry and bridge: what the council of Osterby decided",
        "Read_me_first",
        "Osterby Post",
        "奥斯特比保留旧桥——工程师在表决之前就离开了会场",
    ],
)
def test_headlines_with_marks_of_their_own_stay_whole(headline: str) -> None:
    assert find(headline) == headline


def test_part_with_too_few_words_is_no_headline() -> None:
    assert find("Bridge stays | Osterby Post") == "Bridge stays | Osterby Post"
    assert find("Bridge stays put | Osterby Post") == "Bridge stays put"


def test_tail_of_a_dash_has_at_most_half_of_the_headlines_letters() -> None:
    assert find("Old bridge of Osterby stay - Osterby Times") == "Old bridge of Osterby stay"
    assert find("Old bridge of Oster - Osterby Times") == "Old bridge of Oster - Osterby Times"


def test_title_that_the_page_repeats_is_not_cut() -> None:
    title = "Opinion | Osterby should have kept its bridge"
    assert find(title, f"<meta property=og:title content='{title}'>") == title
    assert find(title, body=f"<h1>{title}</h1>") == title


def test_tail_behind_a_declared_headline_is_cut_without_blanks() -> None:
    headline = "오스테르뷔 의회, 오래된 선개교 존치 결정"
    head = f'<meta name="headline" content="{headline}"><meta property="og:title" content="{headline}-사회ㅣ항구신문">'
    assert find(f"{headline}-사회ㅣ항구신문", head) == headline
