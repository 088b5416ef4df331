"""What counts as prose in a file, by the kind of file: used by ``check_words.py``."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_STARTS_PASSAGE = re.compile(r"\s*([|#]|[-*] |\d+\. )")

Passage = tuple[int, str]
"""A line's number, from 1, and the text that starts there; its line ends are those of the file."""


def find_reader(name: str) -> Callable[[str], Iterable[Passage]] | None:
    """Return the function that yields a file's prose; None if the file has none that is searched."""
    path = Path(name)
    if path.name == "Makefile" or (path.parts[:1] == (".ci",) and not path.suffix):
        return read_shell
    if path.name == "pyproject.toml":
        return read_pyproject
    return {
        ".py": read_python,
        ".md": read_markdown,
        ".jinja": read_jinja,
        ".toml": read_toml,
        ".sql": read_sql,
        ".sh": read_shell,
    }.get(path.suffix)


def read_python(text: str, *, literals: bool = True) -> Iterator[Passage]:
    """Yield comments (adjacent ones joined), docstrings and, with ``literals``, strings that look like prose."""
    yield from _join_comments(
        (token.start[0], token.start[1], token.line[: token.start[1]].strip() == "", token.string.lstrip("#!: "))
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    )
    tree = ast.parse(text)
    lines = [line.encode() for line in io.StringIO(text)]
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        is_string = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner
        if not (is_string or isinstance(node, ast.JoinedStr)):
            continue
        source = _get_source(lines, node)
        is_docstring = id(node) in docstrings
        if is_docstring or (literals and _is_prose(source)):
            yield node.lineno, _strip_string(source)


def list_test_functions(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each function of a Python file that pytest collects."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.lineno, node.name


def _get_source(lines: list[bytes], node: ast.expr) -> str:
    """Return the literal as written; ``ast.get_source_segment`` does so by splitting the whole file each time."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    parts = lines[first : last + 1]
    parts[-1] = parts[-1][: node.end_col_offset]
    parts[0] = parts[0][node.col_offset :]
    return b"".join(parts).decode()


def _join_comments(comments: Iterable[tuple[int, int, bool, str]]) -> Iterator[Passage]:
    """Join comments that stand below each other: (line, column, whether the line has nothing else, text)."""
    start, column, joined = 0, -1, list[str]()
    for line, at, alone, text in comments:
        if not (joined and alone and at == column and line == start + len(joined)):
            if joined:
                yield start, "\n".join(joined)
            start, column, joined = line, at if alone else -1, []
        joined.append(_blank_code(text))
    if joined:
        yield start, "\n".join(joined)


def _is_prose(source: str) -> bool:
    """Return whether a string literal reads like prose: two words with a blank between, and no pattern or markup."""
    prefix = source[: re.match(r"\w*", source).end()]  # type: ignore[union-attr]
    body = source.lstrip("rRbBfFuU\"'").lstrip()
    return (
        "r" not in prefix.lower()
        and "b" not in prefix.lower()
        and not body.startswith(("<", "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "CREATE ", "ALTER "))
        and re.search(r"[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}", body) is not None
    )


def _strip_string(source: str) -> str:
    """Return the text of a literal as written, line by line, without quotes between its parts and without fields."""
    text = re.sub(r"[\"']([ \t]*\n\s*)[fFrRuU]*[\"']", lambda match: "\n" * match.group(1).count("\n"), source)
    text = re.sub(r"\{[^{}\n]*\}", "x", text)
    return _blank_code(text.replace("\\n", "  "))


def _blank_code(text: str) -> str:
    """Replace what stands between backticks by a word of the same length."""

    def blank(match: re.Match[str]) -> str:
        return match.group(1) + re.sub(r"[^\n]", "x", match.group(2)) + match.group(1)

    return re.sub(r"(`{1,2})([^`]+)\1", blank, text)


def read_markdown(text: str) -> Iterator[Passage]:
    """Yield the paragraphs; of fenced blocks the comments."""
    lines, fenced = [], False
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            lines.append("")
        elif fenced:
            lines.append(line.partition(" # ")[2] if " # " in line else line[1:] if line.startswith("#") else "")
        else:
            lines.append(line)
    start = 0
    while start < len(lines):
        end = start
        # A table's row and a list's item start a passage of their own: a phrase does not run over them.
        while end + 1 < len(lines) and lines[end + 1].strip() and not _STARTS_PASSAGE.match(lines[end + 1]):
            end += 1
        passage = _blank_code("\n".join(lines[start : end + 1]))
        yield start + 1, re.sub(r"\]\([^)]*\)", "]", passage)
        start = end + 1


def read_jinja(text: str) -> Iterator[Passage]:
    """Yield the text outside of tags, and comments."""
    text = re.sub(r"(?s)<(style|script)\b.*?</\1>", _blank, text)
    text = re.sub(r"(?s)\{%.*?%\}|\{\{.*?\}\}", _blank, text)
    text = re.sub(r"(?s)<[^>]*>", _blank, text)
    yield 1, text


def _blank(match: re.Match[str]) -> str:
    """Return a mark that no phrase runs over, with as many line ends as the match has."""
    return "|" + "\n" * match.group().count("\n")


def read_toml(text: str) -> Iterator[Passage]:
    """Yield comments."""
    return _join_comments(_find_comments(text, re.compile(r"(?:^|(?<=\s))#(.*)")))


def read_pyproject(text: str) -> Iterator[Passage]:
    """Yield comments, and values that read like prose."""
    yield from read_toml(text)
    for number, line in enumerate(text.split("\n"), 1):
        for value in re.findall(r'"([^"]*)"', line):
            if value.count(" ") >= 2:
                yield number, value


def read_sql(text: str) -> Iterator[Passage]:
    """Yield comments, and string literals that read like prose."""
    yield from _join_comments(_find_comments(text, re.compile(r"--(.*)")))
    for number, line in enumerate(text.split("\n"), 1):
        for value in re.findall(r"'([^']*)'", line.partition("--")[0]):
            if value.count(" ") >= 2:
                yield number, value


def read_shell(text: str) -> Iterator[Passage]:
    """Yield comments, and quoted strings that read like prose."""
    yield from _join_comments(_find_comments(text, re.compile(r"(?:^|(?<=\s))#+(.*)")))
    for number, line in enumerate(text.split("\n"), 1):
        for value in re.findall(r'"([^"]*)"', re.split(r"(?:^|\s)#", line)[0]):
            if value.count(" ") >= 2:
                yield number, value


def _find_comments(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, bool, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if match := pattern.search(line):
            yield number, match.start(), not line[: match.start()].strip(), match.group(1).strip()
