"""Read object literals of JavaScript that are not JSON: unquoted keys, other quotes, and the arguments of a function.

Frameworks write a page's data as ``window.__NUXT__=(function(a,b){return {data:[{title:a}]}}("Headline",null))``. The
literals are rewritten as JSON piece by piece, without running anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# Longer scripts are not rewritten, which takes a second for some megabytes.
_MAX_SCRIPT_CHARS = 1_000_000
# Arguments take up to so many characters in all places that name them.
_MAX_ARGUMENT_CHARS = 1_000_000
_MAX_LITERALS = 40
# Without the escape as a piece of its own, each escaped quote after an open one is searched to the end.
# The test of the first character lets most of the others pass at once.
_TOKEN = re.compile(
    r"""(?=["'`\\\w$!.(),])(?:(?P<string>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|`(?:[^`\\]|\\.)*+`)|\\."""
    r"""|(?P<key>[\w$]++(?=\s{0,9}:))|(?P<new>new\s{1,9}[\w$.]++)|(?P<void>void\s{1,9}0)|(?P<bool>![01])"""
    r"""|(?P<number>[.\d][\w.]*+)|(?P<name>[\w$][\w$.]*+)|(?P<bracket>[()])|(?P<comma>,++)(?P<last>(?=\s{0,9}[}\])]))?)""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,5})\}|(.))", re.DOTALL)
_CONTROL_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "", "\n": ""}
_LITERAL = re.compile(r"[=\[]\s{0,9}(?=[{\[])")
_PARAMETERS = re.compile(r"function\s{0,3}\(([\w$,\s]{1,20000})\)\s{0,3}\{")
_CONSTANTS = frozenset({"true", "false", "null"})
_DECODER = json.JSONDecoder(strict=False)


def parse_literals(source: str) -> Iterator[Any]:
    """Yield the values of the literals that a script assigns, returns or passes on. Linear in its length.

    Names stand for the arguments of the function around them, if it has any, else for None.
    """
    if len(source) > _MAX_SCRIPT_CHARS:
        return
    text = _write_json(source, _read_arguments(source))
    at = 0
    for _ in range(_MAX_LITERALS):
        match = _LITERAL.search(text, at)
        if match is None:
            return
        try:
            value, at = _DECODER.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            at = match.end()
            continue
        yield value


def _read_arguments(source: str) -> dict[str, str]:
    """Return the arguments of a function that a script calls where it defines it, as JSON, by the parameter's name."""
    parameters, call = _PARAMETERS.search(source), max(source.rfind("}("), source.rfind("})("))
    if parameters is None or call < parameters.end():
        return {}
    text = _write_json(source[source.index("(", call) :], {})
    try:
        values, _ = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return {name.strip(): json.dumps(value) for name, value in zip(parameters[1].split(","), values, strict=False)}


def _write_json(source: str, arguments: Mapping[str, str]) -> str:
    """Return a script with its literals as JSON; what is not a literal stays as it is, or becomes null.

    Args:
        source: The script.
        arguments: JSON for names.
    """
    chars_left = _MAX_ARGUMENT_CHARS

    def write(match: re.Match[str]) -> str:
        nonlocal chars_left
        kind, piece = match.lastgroup, match.group()
        if kind == "string":
            return _write_string(piece)
        if kind == "key":
            return f'"{piece}"'
        if kind == "name":
            argument = arguments.get(piece, "null")
            chars_left -= len(argument)
            if piece == "return":
                return "="
            return piece if piece in _CONSTANTS else argument if chars_left > 0 else "null"
        return {
            "bool": "false" if piece == "!1" else "true",
            "comma": ",",
            "bracket": "[" if piece == "(" else "]",
            "number": "0",
            "void": "null",
        }.get(kind or "", "")

    return _TOKEN.sub(write, source)


def _write_string(piece: str) -> str:
    """Return a string literal as JSON."""
    if piece[0] == '"' and "\\x" not in piece and "\\'" not in piece and "\\u{" not in piece:
        return piece
    return json.dumps(_ESCAPE.sub(_read_escape, piece[1:-1]))


def _read_escape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    return chr(int(code, 16)) if code else _CONTROL_ESCAPES.get(match[4], match[4])
