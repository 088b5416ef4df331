"""Charsets that servers and documents name. A name from the network reaches a codec only if it is a text encoding.

Python's codecs are not all charsets: ``punycode`` takes quadratic time, ``undefined`` always raises, ``unicode_escape``
runs backslashes as escapes, and ``utf-7``, which the HTML standard forbids, hides markup.
"""

from __future__ import annotations

import codecs
import re

from w3lib.encoding import resolve_encoding

_TEXT_ENCODINGS = re.compile(
    r"ascii|utf-(?:8|16|32)(?:-[bl]e|-sig)?|iso8859-\d+|cp\d+|koi8-[rtu]|kz1048|ptcp154|mac-\w+|hp-roman8|tis-620|gb2312|gbk|"
    r"gb18030|hz|big5(?:hkscs)?|euc_(?:jp|jis_2004|jisx0213|kr)|shift_jis(?:_2004)?|shift_jisx0213|iso2022_\w+|johab"
)
_MAX_NAME_CHARS = 40


def resolve_charset(name: str | None) -> str | None:
    """Return the codec of a charset name, as browsers read it (Latin-1 is cp1252); None if it is not a charset."""
    if not name or len(name) > _MAX_NAME_CHARS or not name.isascii() or "\0" in name:
        return None
    try:
        codec = resolve_encoding(name.strip().strip("\"'"))
        return codec if codec and _TEXT_ENCODINGS.fullmatch(codecs.lookup(codec).name) else None
    except (LookupError, ValueError):
        return None
