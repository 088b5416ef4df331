"""Recognize sentences and speech by their punctuation, in the languages of the wires."""

from __future__ import annotations

import re

from copydesk.pipeline.core.text import count_words

SENTENCE_ENDS = (".", "!", "?", "\u201d", "\u201c", "\u2019", '"', "\u00bb", "\u2026", "\u3002", "\u300d", "\u061f")
# Opening quotation marks with those that may close them.
_CLOSING_QUOTES = {
    '"': '"', "\u201c": "\u201d", "\u201e": "\u201c\u201d", "\u00ab": "\u00bb", "\u00bb": "\u00ab", "\u300c": "\u300d",
    "\u2018": "\u2019", "'": "'",
}  # fmt: skip

# Words of three letters or more. Apart from names, dates and labels have few of these in lower case.
_WORD = re.compile(r"[^\W\d_]{3,}")
_MIN_STATEMENT_WORDS = 5
_MIN_LOWERCASE_WORDS = 3


def is_statement(text: str) -> bool:
    """Return whether a paragraph is a whole sentence of some length.

    It ends like one and has several words in lower case, unlike a time ("Published on 3 May 2026, 10 a.m.") or a label.
    Linear; meant for paragraphs of a few lines.
    """
    if not text.endswith(SENTENCE_ENDS) or count_words(text) < _MIN_STATEMENT_WORDS:
        return False
    running = (count_words(word) for word in _WORD.findall(text) if not word[0].isupper())
    return sum(running) >= _MIN_LOWERCASE_WORDS


def is_speech(text: str) -> bool:
    """Return whether a paragraph begins with a quotation and continues after it, as speech does.

    Before a colon the quotation is a title: ``"The Round": our newsletter ...``.
    """
    closing = _CLOSING_QUOTES.get(text[0])
    if closing is None or not text.endswith(SENTENCE_ENDS):
        return False
    ends = [at for mark in closing if (at := text.find(mark, 3)) > 0]
    return bool(ends) and min(ends) < len(text) - 3 and not text[min(ends) + 1 :].lstrip().startswith((":", "\uff1a"))
