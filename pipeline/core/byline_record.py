"""What a byline says, and whether a printed line is nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from copydesk.pipeline.core.agencies import find_agencies, find_agency

MAX_BYLINE_CHARS = 240
"""What stands behind so many characters is not read: a longer line is a text."""

# Without a word such as "By", a name next to a time or an agency is no longer than this.
_MAX_BARE_CHARS = 80
# A dateline ends with the agency's mark in brackets and, mostly, a dash.
_DATELINE_END = re.compile(r"[(\[]([^()\[\]]{2,40})[)\]]\s?[:\u2010-\u2015\u2212-]{0,3}$")


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_DATELINE_END]


@dataclass(slots=True)
class Byline:
    """What a byline says."""

    people: list[str] = field(default_factory=list)
    """Names of people, as written."""
    organizations: list[str] = field(default_factory=list)
    """Names of agencies and companies, as written."""
    opened: bool = False
    """Whether a word such as ``By`` stands before them."""
    dated: bool = False
    """Whether it contains a date or time."""
    segments: int = 0
    """Number of parts that separators other than commas set apart."""
    roles: int = 0
    """Number of parts that say what somebody is."""
    jobs: int = 0
    """Number of those that say what somebody works as."""
    addressed: bool = False
    """Whether it contains an e-mail address or the name of an account."""
    rest: list[str] = field(default_factory=list)
    """Parts that are none of these."""

    @property
    def has_full_name(self) -> bool:
        """Return whether a name has several words, or is in a script without blanks."""
        return any(" " in name or not name.isascii() for name in self.people)

    @property
    def has_agency(self) -> bool:
        """Return whether an organization is a known agency."""
        return any(map(find_agency, self.organizations))

    def is_whole(self, line: str) -> bool:
        """Return whether a printed line is nothing but this byline, although no markup says so.

        It begins with a word such as "By", or its names stand next to an agency's, a time, what somebody works as or
        an address, and there is nothing else.
        """
        if len(line) > MAX_BYLINE_CHARS or not (self.people or self.organizations):
            return False
        if self.has_agency and not self.people:
            # "AFP, MANILA"
            places = [part for part in self.rest if not any(word.islower() for word in part.split())]
            # "TARNOW, Ohio (AP) -" is a dateline on a line of its own.
            end = _DATELINE_END.search(line)
            max_places = 2 if end and find_agencies(end[1]) else 1
            return len(places) == len(self.rest) <= max_places and (bool(self.opened) or len(line) <= _MAX_BARE_CHARS)
        if self.rest or (len(line) > _MAX_BARE_CHARS and not self.opened):
            return False
        if self.opened or self.has_agency:
            return True
        is_beside = (self.dated and self.segments > 1) or self.jobs > 0 or self.addressed
        return self.has_full_name and is_beside and not line.endswith((".", "!", "?"))
