"""Suggest what a user may have meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MAX_SUGGESTIONS = 3


def suggest_names(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean north or northgate?``; an empty string if no known name is similar.

    Args:
        name: What the user wrote.
        known: The names that exist.
    """
    lowered = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(name.lower(), lowered, n=MAX_SUGGESTIONS)
    if len(name) > 1:  # the first letters of the name, or of a part of it: "guardian" for "the-guardian"
        matches += [low for low in sorted(lowered) if f"-{name.lower()}" in f"-{low}" and low not in matches]
    names = [lowered[low] for low in matches[:MAX_SUGGESTIONS]]
    if not names:
        return ""
    return f"Did you mean {' or '.join(filter(None, [', '.join(names[:-1]), names[-1]]))}?"
