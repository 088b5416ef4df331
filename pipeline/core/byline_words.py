"""Classify the words of bylines: names, roles, organizations, agencies, dates (``bylines.toml``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.agencies import find_agency
from copydesk.pipeline.core.data_files import read_toml

_DATA_PATH = Path(__file__).with_name("bylines.toml")
EDGES = " .,:;|/\u2013\u2014\u2022\u00b7-\u200e\u00a0"
"""Characters around a part that do not belong to it."""

_MAX_NAME_WORDS = 6
_MAX_WORD_CHARS = 30
_MAX_SMALL_NAME_WORDS = 3
# Editors' signs behind an agency's mark are shorter than names in small letters.
_MIN_SMALL_NAME_CHARS = 5
_MAX_ORGANIZATION_WORDS = 5
_MAX_PLACE_WORDS = 2
# Words of a place behind a name, with one such as "in".
_MAX_WHEREABOUTS_WORDS = 5
# Words in small letters behind a date: the half of the day, a zone's name. A sentence has more.
_MAX_UNKNOWN_DATE_WORDS = 3
# Words of most names, and of those that are not shortened without a sure sign.
_NAME_WORDS = 2
_LONG_NAME_WORDS = 3
# "BBC", "NPR"
_MAX_ACRONYM_CHARS = 4
# Words of the longest agency's name in ``agencies.toml``.
_MAX_AGENCY_WORDS = 4
# A name in a script without blanks has so many characters.
_UNSPACED_NAME = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u30fb]{2,12}$")
_UNSPACED_ORGANIZATION = re.compile(
    "[\u3400-\u9fff\u3040-\u30ff](?:[報报社网網台局部会會]|频道|頻道|電視|电视|新聞|新闻)$|(?:신문|뉴스|일보|방송|팀)$"
)
# German writes what an organization is as one word with what it does.
_COMPOUND_ORGANIZATION = re.compile(
    r"\w{2}(?:verwaltung|ministerium|verband|verein|kammer|polizei|feuerwehr|gesellschaft|stiftung|universität|hochschule"
    r"|klinik|klinikum|zentrum|institut|redaktion|gemeinde|behörde|direktion|präsidium|agentur|gewerkschaft|zeitung"
    r"|förbund|forbund|styrelsen|myndigheten|universitet|universiteit|ministerie|gemeente|politie)s?\b",
    re.IGNORECASE,
)
_NOT_IN_NAME = re.compile(
    r"[\u0964\u06d4()\[\]\uff08\uff09\d@\u00a9{}<>%$=_#\\!?:\u201c\u201d\"]|\.(?:com|org|net|info|tv|co)\b"
)
_DOMAIN = re.compile(r"\w{2}\.[A-Za-z]{2,12}$")
_SITE = re.compile(r"[a-z0-9][a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){0,3}\.[a-z]{2,12}", re.IGNORECASE)


@cache
def load_byline_words(table: str, name: str = "words") -> frozenset[str]:
    """Return a word list of ``bylines.toml``.

    Args:
        table: Name of the table.
        name: Name of the list in it.
    """
    return frozenset(read_toml(_DATA_PATH)[table][name])


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_UNSPACED_NAME, _UNSPACED_ORGANIZATION, _COMPOUND_ORGANIZATION, _NOT_IN_NAME, _DOMAIN, _SITE]


def fold_word(word: str) -> str:
    """Return a word in lower case, without the punctuation around it."""
    return word.strip(EDGES).casefold()


def is_person(name: str, *, marked: bool = False) -> bool:
    """Return whether a text may be a person's name.

    Args:
        name: The text.
        marked: Whether the page marks it up as an author's: then one word or small letters will do.
    """
    words = name.split()
    # "Editor-at-large", "Post-Redaktion"
    folded = [fold_word(part) for word in words for part in (word, *(word.split("-") if "-" in word else ()))]
    if not words or len(words) > _MAX_NAME_WORDS or _NOT_IN_NAME.search(name) or not any(map(str.isalpha, name)):
        return False
    if any(len(word) > _MAX_WORD_CHARS for word in words) or fold_word(name) in load_byline_words("placeholders"):
        return False
    if (len(words) == 1 and _DOMAIN.search(name)) or fold_word(name) in load_byline_words("places"):
        return False
    if is_organization(name) or not _load_role_words().isdisjoint(folded) or find_agency(name):
        return False
    if _UNSPACED_NAME.match(name):
        return True
    if not name.isascii() and any(
        word in load_byline_words("roles", "before_place") and not word.islower() for word in words[1:]
    ):
        # In a script without capitals, "in" is as long as a name.
        return False
    particles = load_byline_words("particles")
    small = [word for word in words if word.islower() and word.casefold() not in particles and "'" not in word]
    if marked:
        all_small = len(small) == len(words) <= _MAX_SMALL_NAME_WORDS and len(name) >= _MIN_SMALL_NAME_CHARS
        return not small or all_small
    return not small and len(words) > 1 and not words[-1].islower() and any(not word.islower() for word in words)


def cut_title(name: str) -> str:
    """Return a name without the titles before it: ``Dr.``, ``Prof.``, ``Sir``."""
    words = name.split()
    while len(words) > 1 and fold_word(words[0]) in load_byline_words("roles", "titles"):
        words = words[1:]
    return " ".join(words)


def _is_boundary(words: Sequence[str], at: int) -> bool:
    """Return whether the letters' case shows that a name ends before a word: ``JANE DOE Daily``, ``Jane Doe BBC``."""
    is_capital = all(word.isupper() for word in words[:at])
    is_acronym = words[at].isupper() and words[at].isalpha() and 1 < len(words[at]) <= _MAX_ACRONYM_CHARS
    return not words[at].isupper() if is_capital else is_acronym


def find_name(words: Sequence[str], *, opened: bool) -> str:
    """Return the name in a part of a byline next to what somebody is, or where; empty if there is none.

    Args:
        words: The part: ``Jane Doe Staff Writer``, ``Jane Doe Harbour Editor``, ``our reporter Jane Doe``.
        opened: Whether a word such as "By" stands before it, or a page marks it up as naming an author.
    """
    roles, topics = _load_role_words(), load_byline_words("roles", "topics")
    is_surname = fold_word(words[-1]) in load_byline_words("roles", "surnames")
    if opened and len(words) == _NAME_WORDS and is_surname and is_person(f"{words[0]} X"):
        return " ".join(words)
    before = _load_before_roles()
    start = next((at for at, word in enumerate(words) if fold_word(word) not in before), 0)
    if opened and is_job(" ".join(words[:start])) and is_person(" ".join(words[start:])):
        return " ".join(words[start:])
    ends = range(_NAME_WORDS, len(words))
    sure = next(
        (
            at
            for at in ends
            if is_whereabouts(words[at:])
            or fold_word(words[at]) in roles | topics
            or _is_boundary(words, at)
        ),
        0,
    )  # fmt: skip
    if sure > _LONG_NAME_WORDS and is_role(words[_NAME_WORDS:]):
        # "Jane Doe Harbour Light Post Writer"
        complete = (at for at in ends if is_person(" ".join(words[:at])) and len(words[at - 1].strip(".")) > 1)
        sure = next(complete, sure)
    name, tail = " ".join(words[:sure]), words[sure:]
    # "Harbour Light Agency" is one name, "Jane Doe HLA News" is not.
    is_whole = is_organization(" ".join(words)) and not is_job(" ".join(tail))
    if not sure or not is_person(name) or (is_whole and not _is_boundary(words, sure)):
        return ""
    return name if is_whereabouts(tail) or is_role(tail) or is_organization(" ".join(tail)) else ""


@cache
def _load_before_roles() -> frozenset[str]:
    """Return the words of roles before names: ``our reporter``, ``the climate editor``."""
    return load_byline_words("roles") | load_byline_words("roles", "possessives") | load_byline_words("roles", "topics")


def is_organization(text: str) -> bool:
    """Return whether a short text names a company or a paper: ``The Post``, ``La Voce``, ``Harbour Media``."""
    words = [fold_word(word) for word in text.split()]
    if not words or len(words) > _MAX_ORGANIZATION_WORDS:
        return False
    is_paper = len(words) == 2 and words[0] in load_byline_words("organizations", "articles") and text[0].isupper()
    return (
        words[0] == "the"
        or is_paper
        or any(word in load_byline_words("organizations") for word in words)
        or _UNSPACED_ORGANIZATION.search(text) is not None
        or _COMPOUND_ORGANIZATION.search(text) is not None
    )


def is_domain(text: str) -> bool:
    """Return whether a text is the domain of a site: ``harbour.example``."""
    return _SITE.fullmatch(text) is not None


def is_role(words: Sequence[str]) -> bool:
    """Return whether some words say what somebody is or does."""
    return bool(words) and (fold_word(words[0]) in _load_role_words() or fold_word(words[-1]) in _load_role_words())


@cache
def _load_role_words() -> frozenset[str]:
    """Return the words of roles, and of the groups and companies that have them."""
    return load_byline_words("roles") | load_byline_words("organizations")


def is_job(line: str) -> bool:
    """Return whether a line says what somebody works as: ``Staff Writer``, ``Senior Political Correspondent``."""
    words = line.split()
    return is_role(words) and any(fold_word(word) in load_byline_words("roles", "jobs") for word in words)


def is_whereabouts(words: Sequence[str]) -> bool:
    """Return whether some words begin like a role, a place or an employer: ``in Paris``, ``for the Post``."""
    return fold_word(words[0]) in load_byline_words("roles") or words[0] in load_byline_words("roles", "before_place")


def _is_place(words: Sequence[str]) -> bool:
    """Return whether some words may be a place in capitals, as agencies print it: ``Redazione ANSA ROMA``."""
    return len(words) <= _MAX_PLACE_WORDS and all(word.isupper() and len(word) > 2 for word in words)


def is_place_behind_name(part: str) -> bool:
    """Return whether a part of a byline that follows a name is a place: ``Port Elsen``, ``em Brasília``, ``台北``."""
    words = part.split()
    folded = fold_word(part)
    if folded in load_byline_words("places") or part in load_byline_words("places", "cities"):
        return True
    if not 1 < len(words) <= _MAX_WHEREABOUTS_WORDS:
        return False
    # "em Brasília", "de São Bento", "da Bruxelles"
    if words[0].islower() and words[0] in _load_before_places():
        return words[1][0].isupper()
    return fold_word(words[0]) in load_byline_words("places", "beginnings") or (
        fold_word(words[-1]) in load_byline_words("places", "endings")
    )


def may_be_place(part: str) -> bool:
    """Return whether what does not read like a name in a byline may be a place: a few words with capitals."""
    words = part.split()
    small = [word for word in words if word.islower() and word not in load_byline_words("particles")]
    return len(words) <= _MAX_WHEREABOUTS_WORDS and not small and _NOT_IN_NAME.search(part) is None


@cache
def _load_before_places() -> frozenset[str]:
    """Return the words before the place at the beginning of a part."""
    return load_byline_words("roles", "before_place") | {"de", "da", "do", "di", "del", "a"}


def split_agency(words: list[str]) -> tuple[list[str], str]:
    """Split an agency's name off a part of a byline: ``AP Sports Writer``, ``Jane Doe Reuters``, ``Redazione ANSA``.

    Returns:
        The words before it, and the agency as written; all words and an empty string if there is none.
    """
    for length in range(min(_MAX_AGENCY_WORDS, len(words) - 1), 0, -1):
        for start in range(len(words) - length + 1):
            mark, behind = " ".join(words[start : start + length]), words[start + length :]
            # Marks of two letters are also initials and degrees.
            is_certain = length > 1 or len(fold_word(mark)) > 2 or mark == "AP"
            is_credit = is_role(behind) or is_whereabouts(behind) or _is_place(behind) if behind else is_certain
            if find_agency(mark) and is_credit:
                return words[:start], mark
    return words, ""


def cut_date(text: str) -> tuple[str, str]:
    """Split a text at the date or time in it; what stands behind that begins with it.

    Returns:
        The words before the date, and the date with all behind it; empty if there is none.
    """
    words = text.split()
    dates = load_byline_words("dates")
    at = next((at for at, word in enumerate(words) if any(map(str.isdigit, word))), len(words))
    # Without figures: "Published", "Updated". The date is in the next part.
    while (
        at
        and fold_word(words[at - 1]) in dates
        and (at < len(words) or all(fold_word(word) in dates for word in words))
    ):
        at -= 1
    return " ".join(words[:at]), " ".join(words[at:])


def is_date(text: str) -> bool:
    """Return whether a text that begins with a date has nothing else in it, such as a sentence."""
    words = [word for word in text.split() if word[0].islower()]
    known = load_byline_words("dates") | load_byline_words("roles") | load_byline_words("roles", "before_place")
    return sum(fold_word(word) not in known for word in words) <= _MAX_UNKNOWN_DATE_WORDS
