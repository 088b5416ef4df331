"""Find who wrote an article: from what the page declares and from what it prints around the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.byline import MAX_BYLINE_CHARS, Byline, parse_byline
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.author_marks import read_author_links, read_author_marks
from copydesk.pipeline.extract.author_regions import (
    Labels,
    Regions,
    find_regions,
    fold_name,
    is_long_text,
    read_labels,
)
from copydesk.pipeline.extract.blocks import Block
from copydesk.pipeline.extract.byline_lines import (
    MAX_BARE_CHARS,
    PrintedLine,
    find_byline,
    find_name_above_text,
    find_name_beside_time,
)
from copydesk.pipeline.extract.headings import squash_title
from copydesk.pipeline.extract.signatures import find_signature
from copydesk.pipeline.extract.structured_data import Structured

# Paragraphs above the first long one that may be bylines.
_MAX_BYLINES_ABOVE = 6
# A line below the text that names its owner.
_CREDIT = re.compile(
    r"\W{0,3}(?:copyright\b|\u00a9|\(c\)\s)|.{2,160}\bcontributed to this (?:report|story|article)\b", re.IGNORECASE
)
_CREDIT_SCAN_CHARS = 300
# Names of other stories' authors on a page: so many different ones are those of teasers.
_MIN_TEASER_NAMES = 4
_MAX_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Authors:
    """Who wrote an article."""

    people: tuple[str, ...] = ()
    """Names of people, as the page writes them."""
    organizations: tuple[str, ...] = ()
    """Names of the agencies and other organizations that wrote or provided it, as the page writes them."""
    lines: tuple[str, ...] = ()
    """Bylines between headline and text, as printed."""


def _unite(bylines: Iterable[Byline]) -> Byline:
    """Return the people and organizations of several bylines, each once."""
    united = Byline()
    seen: set[str] = set()
    for byline in bylines:
        for name in byline.people:
            folded = fold_name(name)
            if folded not in seen and len(united.people) < _MAX_PEOPLE:
                seen.add(folded)
                united.people.append(name)
        united.organizations += byline.organizations
    return united


def read_byline_lines(lines: Sequence[str]) -> Byline:
    """Return the first byline among printed lines, in page order, with the agency on the line after it."""
    return find_byline([PrintedLine(line) for line in lines]).byline


@dataclass(frozen=True, slots=True)
class _Printed:
    """What a page prints about its authors, by how certain it is."""

    line: Byline
    """The byline between headline and text, by its wording."""
    near: Byline
    """Marked elements between headline and text."""
    far: Byline
    """Marked elements above the headline, below the text, or, if all name one author, anywhere."""
    lines: tuple[str, ...]
    """Bylines between headline and text."""
    providers: tuple[str, ...]
    """Organizations in these lines, and lines below the text that name its owner."""
    around: str
    """The letters of the lines that were searched."""

    def contains(self, name: str) -> bool:
        """Return whether a name is printed around the text."""
        folded = fold_name(name)
        marked = (*self.near.people, *self.far.people)
        return folded in self.around or any(folded == fold_name(other) for other in marked)


def _read_printed(tree: LexborHTMLParser, regions: Regions, declared: Sequence[str], labels: Labels) -> _Printed:
    """Return what the page prints about its authors around the text.

    Marked elements are only read if none of the declared full names is printed there.
    """
    below = [*regions.last[-1:], *regions.below]
    near, above = [[line.text for line in lines] for lines in (regions.near, regions.above)]
    around = squash_title(" ".join([*near, *above, *(line.text for line in below)]))
    marks = [] if any(fold_name(name) in around for name in declared) else read_author_marks(tree)

    def select(lines: Sequence[str], marks: Sequence[Byline] = marks) -> Byline:
        """Return the marks that are printed on some lines."""
        squashed = squash_title(" ".join(line for line in lines if len(line) <= 2 * MAX_BYLINE_CHARS))
        return _unite(mark for mark in marks if fold_name([*mark.people, *mark.organizations][0]) in squashed)

    names = {fold_name(name) for mark in marks for name in (*mark.people, *mark.organizations)}
    far = select(above)
    if not far.has_full_name and len(names) < _MIN_TEASER_NAMES:
        far = select([line.text for line in below])
    full = [mark for mark in marks if mark.has_full_name]
    if not far.has_full_name and len(names) == 1:
        far = _unite(full)
    signature = find_signature(regions.last, regions.below)
    if not far.has_full_name:
        far = _unite([far, signature.byline])
    whole = [(line.text, found) for line in regions.near if (found := line.parse()).is_whole(line.text)]
    providers = [name for _, found in whole for name in found.organizations]
    providers += [line.text for line in below if _CREDIT.match(line.text[:_CREDIT_SCAN_CHARS])]
    byline = find_byline(regions.near)
    if not byline.byline.opened:
        byline.byline.people = [name for name in byline.byline.people if not labels.contain(name)]
    # "By Jane Doe, Harrow Vale", above "HARROW VALE (AP) -"
    byline.byline.people[1:] = [name for name in byline.byline.people[1:] if not labels.open_text(name)]
    line, marked = byline.byline, select(near)
    if not (declared or line.has_full_name or marked.has_full_name):
        byline = find_name_beside_time(regions.near, labels.contain)
        if not byline.byline.people and not far.has_full_name:
            byline = find_name_above_text(regions.near, labels.contain)
        line = byline.byline if byline.byline.people else line
    if not (declared or line.has_full_name or marked.has_full_name):
        # Only next to the text: teasers link to their authors too.
        marked = _unite([marked, select(near, read_author_links(tree))])
    desks = [line.text for line in regions.near if not line.is_set_apart and _is_desk(line.text)]
    lines = tuple(dict.fromkeys([*(text for text, _ in whole), *byline.lines, *desks, *signature.lines]))
    return _Printed(line, marked, far, lines, tuple(providers), around)


def _is_desk(line: str) -> bool:
    """Return whether a line says who wrote a text without a name: ``Our Correspondent``, ``Redaktion``."""
    found = parse_byline(line) if len(line) <= MAX_BARE_CHARS // 2 else Byline()
    return (found.roles > 0 or found.addressed) and not (found.people or found.rest or found.dated or found.has_agency)


def find_authors(
    tree: LexborHTMLParser,
    blocks: Sequence[Block],
    paragraphs: Sequence[str],
    title: str,
    data: Structured,
    host: str = "",
) -> Authors:
    """Find the authors of an article.

    Full names that the page declares count, unless it prints others between headline and text. Then printed names
    count, then names of one word. A company, the site's own name, a role or a template's placeholder is never an
    author; companies and agencies are returned apart.

    Args:
        tree: The parsed page.
        blocks: Its blocks; empty if they were not read.
        paragraphs: Its paragraphs.
        title: Its headline.
        data: Its structured data.
        host: The host of its URL.
    """
    declared = _unite(parse_byline(name, marked=True) for name in data.authors[:_MAX_PEOPLE])
    meta = _unite(parse_byline(name, marked=True) for name in data.meta_authors)
    empty = _Printed(Byline(), Byline(), Byline(), (), (), "")
    sites = frozenset(fold_name(site) for site in [*data.site_names, *host.removeprefix("www.").split(".")]) - {""}
    full = [name for name in _list_full_names(declared) + _list_full_names(meta) if fold_name(name) not in sites]
    labels = read_labels(blocks, paragraphs, data, sites)
    printed = _read_printed(tree, find_regions(blocks, paragraphs, title), full, labels) if blocks else empty
    sources = (declared, meta, printed.line, printed.near, printed.far)
    organizations = [name for name in data.sources if not name.startswith("http")]
    organizations += printed.providers
    for source in sources:
        organizations += source.organizations + [name for name in source.people if fold_name(name) in sites]
        source.people = [name for name in source.people if fold_name(name) not in sites]
    people = _choose_people(declared, meta, printed)
    return Authors(tuple(people), tuple(dict.fromkeys(map(normalize_line, organizations))), printed.lines)


def cut_bylines(paragraphs: Sequence[str], authors: Authors) -> tuple[str, ...]:
    """Return the paragraphs without the bylines above and below them; all if there is nothing else.

    Lines that name an agency alone stay for the cleaning: they may be a dateline.
    """
    long = [at for at, text in enumerate(paragraphs) if is_long_text(text)]
    if not authors.lines or not long:
        return tuple(paragraphs)
    top = min(long[0], _MAX_BYLINES_ABOVE)
    people = set(map(fold_name, authors.people))
    return tuple(
        text
        for at, text in enumerate(paragraphs)
        if top <= at <= long[-1] or text not in authors.lines or not _is_cuttable(text, people)
    )


def _is_cuttable(line: str, people: set[str]) -> bool:
    """Return whether a byline names an author or a role, and more than an agency."""
    found = parse_byline(line)
    if found.people:
        return found.opened or not people.isdisjoint(map(fold_name, found.people))
    return bool(found.roles) or not found.has_agency


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_CREDIT]


def _list_full_names(byline: Byline) -> list[str]:
    """Return the names of several words, or in scripts without blanks."""
    return [name for name in byline.people if " " in name or not name.isascii()]


def _choose_people(declared: Byline, meta: Byline, printed: _Printed) -> list[str]:
    """Choose between the names in JSON-LD, in meta elements and in print."""
    line = _list_full_names(printed.line)
    certain = (line if printed.line.opened else []) or _list_full_names(printed.near) or line
    for source in (declared, meta):
        full = _list_full_names(source)
        seen = [name for name in full if printed.contains(name)]
        if full and (seen or not certain):
            # The printed byline may have more names, and meta elements those of others.
            names = full if source is declared or not seen else seen
            is_part = {fold_name(name) for name in names} < {fold_name(name) for name in line}
            return line if is_part and printed.line.opened else names
        if full:
            break
    return (
        certain
        or _list_full_names(printed.far)
        or next(
            (source.people for source in (declared, printed.near, printed.line, printed.far, meta) if source.people), []
        )
    )
