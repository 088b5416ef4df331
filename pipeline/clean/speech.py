"""Sentences and speech, as they are punctuated in the languages that wires write in."""

from __future__ import annotations

import re

from copydesk.pipeline.core.text import count_words

SENTENCE_ENDS = (".", "!", "?", "\u201d", "\u201c", "\u2019", '"', "\u00bb", "\u2026", "\u3002", "\u300d", "\u061f")
# What opens speech, and what ends it.
_QUOTATIONS = {
    '"': '"', "\u201c": "\u201d", "\u201e": "\u201c\u201d", "\u00ab": "\u00bb", "\u00bb": "\u00ab", "\u300c": "\u300d",
    "\u2018": "\u2019", "'": "'",
}  # fmt: skip

# Words of three letters or more; a date, a name and the word before them are not many of these in small letters.
_WORD = re.compile(r"[^\W\d_]{3,}")
_LEAST_WORDS = 5
_LEAST_RUNNING = 3


def is_statement(text: str) -> bool:
    """Whether a paragraph is a whole sentence of some length: it ends as one and has words that run on, which a time
    ("Published on 3 May 2026, 10 a.m.") or a label has not. Linear; for paragraphs of a few lines.
    """
    if not text.endswith(SENTENCE_ENDS) or count_words(text) < _LEAST_WORDS:
        return False
    running = (count_words(word) for word in _WORD.findall(text) if not word[0].isupper())
    return sum(running) >= _LEAST_RUNNING


def is_speech(text: str) -> bool:
    """Whether a paragraph is speech with the words around it: it opens with a quotation that ends before it does.

    Before a colon the quotation is a name: ``"The Round": our newsletter tells ...``.
    """
    closing = _QUOTATIONS.get(text[0])
    if closing is None or not text.endswith(SENTENCE_ENDS):
        return False
    ends = [at for mark in closing if (at := text.find(mark, 3)) > 0]
    return bool(ends) and min(ends) < len(text) - 3 and not text[min(ends) + 1 :].lstrip().startswith((":", "\uff1a"))
