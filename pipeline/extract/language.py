"""What language a text is in: the page's own word, checked against the text."""

from __future__ import annotations

import re

import py3langid

_CODE = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")
# So many characters and the text itself is the better witness.
_ENOUGH = 200
_SAMPLE = 3000


def read_code(value: str) -> str:
    """``pt-BR`` or ``en_US`` as ``pt`` or ``en``; empty for anything else."""
    match = _CODE.match(value.strip())
    return match.group().lower() if match else ""


def find_language(declared: str, text: str, default: str = "") -> str:
    """The two-letter code. A long text decides itself; a short one is what the page declares, else the source's."""
    told = read_code(declared)
    if len(text) >= _ENOUGH:
        guess, _ = py3langid.classify(text[:_SAMPLE])
        return str(guess)
    if told or default:
        return told or default
    return str(py3langid.classify(text)[0]) if len(text) >= 20 else ""
