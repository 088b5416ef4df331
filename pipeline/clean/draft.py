"""An article's text while it is being cleaned."""

from __future__ import annotations

from dataclasses import dataclass, field

from copydesk.pipeline.clean.credit import Credit
from copydesk.pipeline.clean.speech import SENTENCE_ENDS
from copydesk.pipeline.core.records import Dropped
from copydesk.pipeline.core.text import count_words

RUNNING = 18
"""A paragraph of so many words is running text; shorter ones may be anything."""

# A sentence has at least so many; a text without running paragraphs is made of such.
_SENTENCE = 4


@dataclass(slots=True)
class Draft:
    """The paragraphs as they stand, and what was found on the way."""

    paragraphs: list[str]
    dropped: list[Dropped]
    names: list[str] = field(default_factory=list)
    agencies: list[str] = field(default_factory=list)
    notice: str = ""
    _words: dict[str, int] = field(default_factory=dict)

    def count(self, at: int) -> int:
        """The words of a paragraph."""
        text = self.paragraphs[at]
        if text not in self._words:
            self._words[text] = count_words(text)
        return self._words[text]

    def cut(self, numbers: dict[int, str]) -> None:
        """Take paragraphs out, each with its reason."""
        self.dropped += [Dropped(reason, self.paragraphs[at]) for at, reason in sorted(numbers.items())]
        self.paragraphs = [text for at, text in enumerate(self.paragraphs) if at not in numbers]

    def find_middle(self) -> tuple[int, int]:
        """The first and the last running paragraph, else sentence, else paragraph; (0, -1) where there is none."""
        running = [at for at in range(len(self.paragraphs)) if self.count(at) >= RUNNING]
        running = running or [at for at in range(len(self.paragraphs)) if self.is_sentence(at)]
        return (running[0], running[-1]) if running else (0, len(self.paragraphs) - 1)

    def is_sentence(self, at: int) -> bool:
        """Whether a paragraph ends as a sentence does and is long enough for one."""
        return self.count(at) >= _SENTENCE and self.paragraphs[at].endswith(SENTENCE_ENDS)

    def count_running(self, start: int, least: int) -> list[tuple[str, int]]:
        """The paragraphs from ``start`` on that have at least so many words, with their number of words."""
        counted = [(self.paragraphs[at], self.count(at)) for at in range(start, len(self.paragraphs))]
        return [(text, words) for text, words in counted if words >= least]

    def take(self, credit: Credit) -> None:
        """Keep whom a credit or byline names."""
        self.agencies += credit.agencies
        if credit.names:
            self.names.append(credit.names)
