"""Unfold the forms of bylines that separators do not set apart: labels in a row, and those of East Asia."""

from __future__ import annotations

import re
from functools import cache

from copydesk.pipeline.core.alternatives import join_words
from copydesk.pipeline.core.byline_words import load_byline_words

# A line in brackets, such as "（记者 林晓）" or "[항구일보 김서연 기자]".
_ENCLOSED = re.compile(r"[\[(（【［〔]([^\[\]()（）【】［］〔〕]{2,60})[\])）】］〕]$")
_HAN = "\u3400-\u9fff\u3005"
_HANGUL = "\uac00-\ud7a3"
# Brackets around such a line are removed: it names a reporter, or, in Japanese brackets, it is a name.
_REPORTER = re.compile(rf"记者|記者|通讯员|通訊員|기자|특파원|^[{_HAN}\u3040-\u30ff]{{3,6}}$")
# "本报记者 林晓 王海", "新华社记者林晓", "【记者林晓／台北报导】": who employs them, the names, and from where.
_CHINESE = re.compile(
    rf"(?P<employer>[{_HAN}]{{0,8}}?)(?:记者|記者|通讯员|通訊員|特派员|特派員|编译|編譯)[\s:：/／]{{0,3}}"
    rf"(?P<names>[{_HAN}·\s、,，]{{2,40}}?)\s*"
    rf"(?:[／/][{_HAN}]{{0,8}}?)?(?:综合报道|綜合報導|报道|報道|报导|報導|[{_HAN}]{{0,6}}?[电電讯訊])?$"
)
# Between a time and the name behind it, as in "2026年4月10日 7時00分 高橋結衣記者".
_BEHIND_CLOCK = re.compile(rf"(?<=[日分時时])\s(?=[{_HAN}])")
_LABEL_SIGNS = re.compile("[:：・/／]")
# The second of the names in "Jane Doe (text) and John Roe (photos)".
_PHOTOGRAPHER = re.compile(
    r"(?:\s(?:and|und|et|y|e|en|og|och|i)\s|,\s)[^,()]{3,40}\s"
    r"\((?:photos?|fotos?|photographs?|pictures?|images?|bild(?:er)?|videos?|vidéos?|foto's|foto|zdjęcia)\)",
    re.IGNORECASE,
)
# Behind the name of a photographer.
_PHOTOGRAPHED = ("摄", "攝", "摄影", "攝影", "撮影")
_CHINESE_OWN = re.compile("[本我首见見特实實财財]")
# "항구일보 김서연 기자", "김서연 항구일보 기자": a name of Koreans has two to four syllables.
_KOREAN = re.compile(
    rf"(?:(?P<employer>[{_HANGUL}A-Za-z0-9]{{2,12}})[\s=])?\s?"
    rf"(?P<names>[{_HANGUL}]{{2,4}}(?:[\s,·ㆍ/]{{1,3}}[{_HANGUL}]{{2,4}}){{0,4}}?)\s"
    rf"(?:[{_HANGUL}]{{2,6}})?(?:기자|특파원)(?=$|[\s=(])"
)


@cache
def _load_inner_label() -> re.Pattern[str]:
    """Return the pattern of the place before a label within a line: ``Text: A. Doe Foto: B. Roe``."""
    labels = load_byline_words("by", "colon") | load_byline_words("by", "sources") | load_byline_words("by", "others")
    dotted = join_words(word for word in labels if not word.isascii() and len(word) <= 2)
    return re.compile(rf"(?<=[\s.,;|)-])(?=(?:{join_words(labels)})\s?[:：]|(?:{dotted})[・/／])", re.IGNORECASE)


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [
        _ENCLOSED,
        _REPORTER,
        _CHINESE,
        _CHINESE_OWN,
        _KOREAN,
        _BEHIND_CLOCK,
        _LABEL_SIGNS,
        _PHOTOGRAPHER,
        _load_inner_label(),
    ]


def _unfold_reporters(line: str) -> str:
    """Return a line of Chinese or Korean reporters with a label before their names, and their employer apart."""
    if line.endswith(_PHOTOGRAPHED):
        return ""
    if chinese := _CHINESE.match(line):
        names = re.split(r"[\s、,，]+", chinese["names"].strip())
        if all(2 <= len(name) <= 4 or "·" in name for name in names):
            employer = "" if _CHINESE_OWN.match(chinese["employer"]) else chinese["employer"]
            return "\n".join(filter(None, (employer, f"记者：{'、'.join(name.replace('·', '・') for name in names)}")))
    if korean := _KOREAN.match(line):
        names = re.split(r"[\s,·ㆍ/]+", korean["names"].strip())
        rest = line[korean.end() :].strip(" =")
        return "\n".join(filter(None, (korean["employer"], f"기자: {', '.join(names)}", rest)))
    return line


def unfold_forms(line: str) -> str:
    """Return a byline with a line break before each label, and with the names of reporters behind one.

    Args:
        line: A line of a byline, normalized.
    """
    enclosed = _ENCLOSED.match(line)
    if enclosed and _REPORTER.search(enclosed[1]):
        line = enclosed[1].strip()
    if not line.isascii():
        line = "\n".join(map(_unfold_reporters, _BEHIND_CLOCK.split(line)))
    if "(" in line:
        line = _PHOTOGRAPHER.sub("", line)
    return _load_inner_label().sub("\n", line) if _LABEL_SIGNS.search(line) else line
