"""The text's language, whatever the template declares."""

from __future__ import annotations

import pytest

from copydesk.pipeline.extract.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("港湾委員会は木曜日、北埠頭を閉鎖すると決めた。", "ja"),
        ("港口因大雾关闭，港务局长周一表示。", "zh"),
        ("항구는 안개 때문에 폐쇄되었다고 항만장이 말했다.", "ko"),
        ("Порт закрыт из-за тумана, сообщил начальник порта в понедельник.", "ru"),
        ("Порт закрито через туман, повідомив начальник порту в понеділок.", "uk"),
        ("أغلق الميناء يوم الاثنين بسبب الضباب كما قال مديره.", "ar"),
        ("بندر روز دوشنبه به دلیل مه بسته شد و کشتی‌ها منتظر ماندند.", "fa"),
        ("Ο λιμένας έκλεισε τη Δευτέρα λόγω ομίχλης.", "el"),
        ("ท่าเรือปิดเมื่อวันจันทร์เนื่องจากหมอก", "th"),
        ("הנמל נסגר ביום שני בגלל הערפל.", "he"),
        ("कोहरे के कारण सोमवार को बंदरगाह बंद रहा और नावें खड़ी रहीं।", "hi"),
        ("Der Hafen blieb wegen des Nebels geschlossen und die Boote lagen im Hafen, sagte der Meister.", "de"),
    ],
)
def test_short_text_may_contradict_the_template(text: str, language: str) -> None:
    assert detect_language("en-US", text) == language
    assert detect_language("", text, default="en") == language


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("ja", "港口封鎖決定"), ("zh-Hant", "港口因大霧關閉"), ("uk", "Порт закрито"), ("nb", "Havnen er stengt"),
        ("sr", "Luka je zatvorena zbog magle"), ("sr", "Лука је затворена због магле"), ("pt-BR", "Curto."),
        ("fa", "بندر به دلیل مه بسته شد"), ("en", "Fog"),
    ],
)  # fmt: skip
def test_short_text_in_the_declared_script_has_that_language(declared: str, text: str) -> None:
    assert detect_language(declared, text) == declared.partition("-")[0]


def test_fifty_signs_are_as_many_as_two_hundred_letters() -> None:
    text = (
        "港口因大雾关闭，港务局长周一表示，渡轮停在港内，"
        "两艘货轮在码头外等候，第三艘返航。大雾预计周三散去，届时风向转北。"
    )
    assert detect_language("ja", text) == "zh"


def test_few_foreign_letters_do_not_decide() -> None:
    text = "The word 港 is on the sign of the harbour, its master said, and Порт on the other one."
    assert detect_language("en", text) == "en"
    assert detect_language("ru", "The port was closed on Monday because of the fog and the wind.") == "en"
