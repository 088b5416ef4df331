"""Notices in many languages, with brackets and colons of any width, read the same from pages and from titles."""

from __future__ import annotations

import pytest

from copydesk.pipeline.clean.notices import split_notice
from copydesk.pipeline.core.desk_marks import load_desk_words
from copydesk.pipeline.core.records import Notice
from copydesk.pipeline.sign.title_prefixes import split_desk_marks

TITLE = "Kran im Hafen 東浜港 μύλος"

MARKS = {
    "kill": "撤稿：|【削除】|【全文取り消し】|[전문취소] |（기사삭제）|إلغاء: |الغاء - |لغو خبر: |रद्द: |"
    "ยกเลิกข่าว: |ביטול: |ANULOWANO: |ΑΚΥΡΩΣΗ: |ΑΠΟΣΥΡΕΤΑΙ - |INGETROKKEN: |"
    "TILLBAKADRAGEN – |TRUKKET TILBAGE: |PERUTTU: |ZRUŠENO: |VISSZAVONVA: |"
    "ANULATĂ: |АНУЛЬОВАНО: |POVUČENO: |HỦY BỎ: |DIBATALKAN: |■撤回：",
    "withhold": "暂缓发布：|보도유예: ",
    "correction": "更正：|【訂正】|［訂正］|〔訂正〕|[정정] |《更正》|تصحيح: |اصلاحیه: |सुधार: |แก้ไข: |"
    "תיקון: |Sprostowanie: |KOREKTA - |Διόρθωση: |ΟΡΘΗ ΕΠΑΝΑΛΗΨΗ: |"
    "Rectificatie: |Rättelse: |Rettelse: |Oikaisu: |Oprava: |Helyesbítés: |"
    "Rectificare: |Виправлення: |Ispravka: |Đính chính: |Ralat: |◎訂正：|"
    "【おわびと訂正】",
    "refile": "再送：|重发：|재송: |Herhaling: |Powtórzenie: ",
    "writethru": "【差し替え】|替换：",
    "update": "更新：|【続報】|[2보] |업데이트: |تحديث 2: |به‌روزرسانی: |अपडेट: |Aktualizacja 3: |"
    "Uppdatering: |Päivitys: |Frissítve: |Ενημέρωση: |Оновлено: |Cập nhật: ",
    "embargo": "엠바고: |【解禁】|Εμπάργκο: ",
    "": "快讯：|【速報】|[속보] |عاجل: |فوری: |ด่วน: |PILNE: |Έκτακτο: |Spoed: |Haster: |"
    "Gyorshír: |Терміново: |Tin nóng: ",
}
CASES = [(notice, mark) for notice, row in MARKS.items() for mark in row.split("|")]


@pytest.mark.parametrize(("notice", "mark"), CASES)
def test_mark_is_recognized_and_cut(notice: str, mark: str) -> None:
    assert split_notice(mark + TITLE) == (notice, TITLE)
    assert split_desk_marks(mark + TITLE) == (notice, TITLE)


@pytest.mark.parametrize(
    "title",
    [
        "Anulowano: koncert w sobotę",
        "Odwołano koncert w sobotę",
        "Zrušeno: vlak do Doležal",
        "Oprava mostu začne v květnu",
        "Koreksi harga beras di pasar",
        "Peruttu: lauantain konsertti",
        "取消高铁计划引发争议",
        "速報性が問われる新聞",
        "訂正印の使い方",
        "정정당당한 승부",
        "عاجلا أم آجلا",
        "Hast du Töne",
        "Spoedarts gevraagd in Zandhoek",
        "Aktualizacja map potrwa rok",
    ],
)
def test_title_that_only_begins_like_a_mark_is_kept(title: str) -> None:
    assert split_notice(title) == ("", title)
    assert split_desk_marks(title) == ("", title)


def test_label_in_brackets_is_not_part_of_the_title() -> None:
    assert split_desk_marks("[Photos] " + TITLE) == split_desk_marks("【写真】" + TITLE) == ("", TITLE)
    assert split_desk_marks("【速報】【訂正】" + TITLE) == ("correction", TITLE)
    assert split_notice("【速報】【訂正】" + TITLE) == ("correction", TITLE)


@pytest.mark.parametrize("mark", ["STAŻONO: ", "棄用：", "무효: "])
def test_kill_refers_to_its_story_even_by_an_unknown_mark(mark: str) -> None:
    assert split_desk_marks(mark + TITLE, "kill") == ("", TITLE)
    assert split_desk_marks(mark + TITLE) == ("", mark + TITLE)
    assert split_desk_marks("Hartsea: " + TITLE, "kill") == ("", "Hartsea: " + TITLE)


def test_every_word_belongs_to_a_notice() -> None:
    assert set(load_desk_words()) - {"urgency"} <= {str(notice) for notice in Notice}
