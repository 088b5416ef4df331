"""What a text must hold for a pattern to match: looked for first, it spares the search for what is not there.

A pattern that may match anywhere (``.{0,300}\\bphoto: ``) costs a try at every character; asking whether a text holds
"photo: " at all costs next to nothing.
"""

from __future__ import annotations

_LEAST = 3  # a shorter piece is in almost any text
_PLAIN = frozenset(" '-/:")
_OPTIONAL = frozenset("?*{")
_CODES = frozenset("xuUN")  # a backslash and these: a character by its number or name


def find_need(pattern: str) -> str:
    """The longest run of plain characters that every match of a regular expression holds; empty where none is sure.

    Cautious: what stands in groups or classes, or after a backslash, is passed over. For expressions without the
    verbose flag.
    """
    runs = [""]
    depth, at = 0, 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
            if pattern[at : at + 1].isdigit() or pattern[at : at + 1] in _CODES:
                return ""
            char = ""
        elif char == "[":
            # A closing bracket that comes first is one of the class.
            at += 1 + (pattern[at + 1 : at + 2] == "^")
            at += pattern[at : at + 1] == "]"
            while at < len(pattern) and pattern[at] != "]":
                at += 2 if pattern[at] == "\\" else 1
            char = ""
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth == 0:
            return ""
        elif char == "{":
            at = max(at, pattern.find("}", at))
        at += 1
        sure = depth == 0 and pattern[at : at + 1] not in _OPTIONAL
        if sure and (char.isalpha() or char in _PLAIN) and char:
            runs[-1] += char
        elif runs[-1]:
            runs.append("")
    longest = max(runs, key=len)
    return longest if len(longest) >= _LEAST else ""
