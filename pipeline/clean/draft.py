"""The draft: an article's text while it is being cleaned."""

from __future__ import annotations

from dataclasses import dataclass, field

from copydesk.pipeline.clean.credit import Credit
from copydesk.pipeline.clean.speech import SENTENCE_ENDS
from copydesk.pipeline.core.records import DroppedText
from copydesk.pipeline.core.text import count_words

MIN_RUNNING_WORDS = 18
"""A paragraph with so many words is running text; a shorter one may be anything."""

# A sentence has at least so many words; a text without running paragraphs consists of sentences.
_MIN_SENTENCE_WORDS = 4


@dataclass(slots=True)
class Draft:
    """The remaining paragraphs, and what was found while cleaning."""

    paragraphs: list[str]
    """The paragraphs in their current form."""
    dropped: list[DroppedText]
    """What was cut, with reasons."""
    names: list[str] = field(default_factory=list)
    """People in bylines, in order."""
    agencies: list[str] = field(default_factory=list)
    """Credited agencies, in order; may contain duplicates."""
    notice: str = ""
    """The desk's notice, one of ``Notice``; empty if none."""
    contributors: list[str] = field(default_factory=list)
    """Agencies that contributed to a text that is not theirs, in order; may contain duplicates."""
    _word_counts: dict[str, int] = field(default_factory=dict)

    def count_words_at(self, at: int) -> int:
        """Return the number of words of a paragraph."""
        text = self.paragraphs[at]
        if text not in self._word_counts:
            self._word_counts[text] = count_words(text)
        return self._word_counts[text]

    def drop_paragraphs(self, reasons: dict[int, str]) -> None:
        """Drop the paragraphs with these indexes, each with its reason."""
        self.dropped += [DroppedText(reason, self.paragraphs[at]) for at, reason in sorted(reasons.items())]
        self.paragraphs = [text for at, text in enumerate(self.paragraphs) if at not in reasons]

    def find_text_span(self) -> tuple[int, int]:
        """Return the indexes of the first and last running paragraph.

        Without any, those of sentences; without any of those, the first and last paragraph; (0, -1) for an empty draft.
        """
        running = [at for at in range(len(self.paragraphs)) if self.count_words_at(at) >= MIN_RUNNING_WORDS]
        running = running or [at for at in range(len(self.paragraphs)) if self.is_sentence(at)]
        return (running[0], running[-1]) if running else (0, len(self.paragraphs) - 1)

    def is_sentence(self, at: int) -> bool:
        """Return whether a paragraph ends like a sentence and is long enough for one."""
        return self.count_words_at(at) >= _MIN_SENTENCE_WORDS and self.paragraphs[at].endswith(SENTENCE_ENDS)

    def list_running_paragraphs(self, start: int, min_words: int) -> list[tuple[str, int]]:
        """Return the paragraphs from ``start`` on with at least ``min_words`` words, as (text, number of words)."""
        counted = [(self.paragraphs[at], self.count_words_at(at)) for at in range(start, len(self.paragraphs))]
        return [(text, words) for text, words in counted if words >= min_words]

    def add_credit(self, credit: Credit) -> None:
        """Record whom a credit or byline names."""
        (self.contributors if credit.is_contribution else self.agencies).extend(credit.agencies)
        if credit.names:
            self.names.append(credit.names)
