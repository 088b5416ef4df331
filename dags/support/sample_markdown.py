"""Samples of changes as Markdown, for Airflow's approval form; nothing in the shown texts has a meaning in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_SIGNS = {"removed": "- ", "added": "+ ", "equal": "  "}
_SPECIAL_CHARACTERS = r"\`*_{}[]()<>#+-.!|~:"


def format_samples(samples: Sequence[Mapping[str, Any]]) -> str:
    """Return samples of changes as Markdown; empty without any.

    Args:
        samples: As stored, see ``runs.change_samples.StorySample``.
    """
    if not samples:
        return ""
    return "\n".join(["", "Samples, story by story:", *(line for sample in samples for line in _format_story(sample))])


def _format_story(sample: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"**{_escape(sample['title'] or '(no title)')}**" + _join(" ", _escape(sample["event"])))
    for article in sample["articles"]:
        label = " ".join(filter(None, (article["wire"], article["url"]))) or article["title"]
        moved = f" moves here from “{_escape(article['moved_from'])}”" if article["moved_from"] else ""
        yield from ("", f"{_escape(label)}{moved}")
        if article["changes"]:
            # In a code block nothing else has a meaning in Markdown: no picture is loaded, no link can be followed.
            lines = [
                _SIGNS[kind] + line.replace("`", "ˋ")
                for kind, text in article["changes"]
                for line in text.splitlines()
                if line.strip()
            ]
            yield from ("", "```diff", *lines, "```")
    if sample["hidden"]:
        yield from ("", f"and {sample['hidden']} more articles of this story")


def _escape(text: str) -> str:
    """Return text in which nothing has a meaning in Markdown."""
    return "".join(f"\\{char}" if char in _SPECIAL_CHARACTERS else char for char in " ".join(text.split()))


def _join(separator: str, text: str) -> str:
    return separator + text if text else ""
