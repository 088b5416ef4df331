"""Sentences and speech, as they are punctuated in the languages that wires write in."""

from __future__ import annotations

SENTENCE_ENDS = (".", "!", "?", "\u201d", "\u201c", "\u2019", '"', "\u00bb", "\u2026", "\u3002", "\u300d", "\u061f")
# What opens speech, and what ends it.
_QUOTATIONS = {
    '"': '"', "\u201c": "\u201d", "\u201e": "\u201c\u201d", "\u00ab": "\u00bb", "\u00bb": "\u00ab", "\u300c": "\u300d",
    "\u2018": "\u2019",
}  # fmt: skip


def is_speech(text: str) -> bool:
    """Whether a paragraph is speech with the words around it: it opens with a quotation that ends before it does.

    Before a colon the quotation is a name: ``"The Round": our newsletter tells ...``.
    """
    closing = _QUOTATIONS.get(text[0])
    if closing is None or not text.endswith(SENTENCE_ENDS):
        return False
    ends = [at for mark in closing if (at := text.find(mark, 3)) > 0]
    return bool(ends) and min(ends) < len(text) - 3 and not text[min(ends) + 1 :].lstrip().startswith((":", "\uff1a"))
