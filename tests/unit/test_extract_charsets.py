"""Declarations that cannot be true do not decide how a page is decoded."""

from __future__ import annotations

import pytest

from copydesk.pipeline.extract.charset import decode

SPANISH = "El consejo aprobó el jueves la reparación del muelle; la señora Ibáñez votó en contra."
CHINESE = "港口管理委员会周四投票决定，将北码头关闭十一周。"


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252", "windows-1251", "gb2312", "shift_jis", "koi8-r"])
@pytest.mark.parametrize("source", ["http", "meta"])
def test_valid_utf8_is_utf8_whatever_is_declared(label: str, source: str) -> None:
    for text in (SPANISH, CHINESE):
        meta = f'<meta charset="{label}">' if source == "meta" else ""
        decoded = decode(f"<html>{meta}<p>{text}</p></html>".encode(), label if source == "http" else None)
        assert (decoded.charset, decoded.replacement_count) == ("utf-8", 0)
        assert text in decoded.text


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (SPANISH, "cp1252"), ("Город закрыл северный причал на одиннадцать недель.", "koi8-r"), (CHINESE, "gbk"),
        ("ท่าเรือปิดสิบเอ็ดสัปดาห์", "cp874"), ("港は十一週間閉鎖される。", "shift_jis"),
    ],
)  # fmt: skip
def test_legacy_text_with_its_own_label_is_read_by_it(text: str, charset: str) -> None:
    assert decode(f"<p>{text}</p>".encode(charset), charset).text == f"<p>{text}</p>"


def test_four_characters_show_utf8_and_one_does_among_latin_letters() -> None:
    assert decode("<p>caf\u00e9</p>".encode(), "iso-8859-1").charset == "utf-8"
    assert (
        decode("<p>\u00d0\u00b0\u00d0\u00b0</p>".encode("cp1251", "ignore") + b"\xd0\xb0" * 3, "windows-1251").charset
        == "cp1251"
    )
    assert decode(b"<p>" + b"\xd0\xb0" * 4 + b"</p>", "windows-1251").charset == "utf-8"


def test_few_broken_characters_do_not_hide_utf8() -> None:
    text = CHINESE * 10
    assert decode(text.encode()[:-1], "iso-8859-1").charset == "utf-8"
    assert decode(text.encode() + b"\xe4\xe5" * 60, "iso-8859-1").charset != "utf-8"


@pytest.mark.parametrize("label", ["utf-16", "UTF-16LE", "utf-32"])
def test_wide_charset_of_ascii_bytes_is_ignored(label: str) -> None:
    decoded = decode(b'<html><meta charset="utf-8"><p>The harbour was closed.</p></html>', label)
    assert (decoded.charset, decoded.chosen_by) == ("utf-8", "meta")
    assert decode("<p>The harbour</p>".encode("utf-16-le"), "utf-16le").text == "<p>The harbour</p>"


@pytest.mark.parametrize(
    "label",
    ["undefined", "punycode", "idna", "unicode_escape", "raw-unicode-escape", "utf-7", "rot13", "base64", "no\0ne"],
)
def test_codec_that_is_no_charset_is_ignored(label: str) -> None:
    body = b"<p>C:\\new \\u0041 and +AGE- stay as they are.</p>"
    assert decode(body, label).text == body.decode()
    assert decode(body, None, f"text/html; charset={label}").text == body.decode()
