"""Find who wrote an article: from what the page declares and from what it prints around the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.byline import MAX_BYLINE_CHARS, Byline, parse_byline
from copydesk.pipeline.core.byline_words import is_job
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.author_marks import read_author_links, read_author_marks
from copydesk.pipeline.extract.blocks import HEADING_TAGS, Block
from copydesk.pipeline.extract.headings import squash_title
from copydesk.pipeline.extract.structured_data import Structured

# Blocks above the headline, between headline and text, and below the text that may contain a byline.
_MAX_BLOCKS_ABOVE = 5
_MAX_BLOCKS_BETWEEN = 20
_MAX_BLOCKS_BELOW = 8
# A paragraph of the text has at least so many characters; a shorter one above it may be a byline.
_MIN_PARAGRAPH_CHARS = 100
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# A name or a credit on a line of its own is no longer than this.
_MAX_BARE_CHARS = 80
# Zones with names of other people: between headline and text, and elsewhere.
_ASIDE_ZONES = frozenset({"comments", "advert", "newsletter", "overlay", "caption", "gallery", "embed"})
_OTHER_ZONES = _ASIDE_ZONES | {"related", "navigation", "footer", "share"}
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


def fold_name(name: str) -> str:
    """Return a name's letters, case-folded, for comparison."""
    return squash_title(name)


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
    """Return the first byline among printed lines, with the agency on the line after it.

    Args:
        lines: In page order. A line may consist of "By" alone, with the name on the next one.
    """
    for at, line in enumerate(lines):
        if len(line) > MAX_BYLINE_CHARS:
            continue
        following = lines[at + 1] if at + 1 < len(lines) and len(lines[at + 1]) <= _MAX_BARE_CHARS else ""
        found = parse_byline(line)
        if not (found.people or found.organizations or found.opened):
            continue
        if found.opened and not (found.people or found.organizations or found.rest) and following:
            found = parse_byline(f"{line}\n{following}")
            following = ""
        behind = parse_byline(following) if following else Byline()
        is_credit = not behind.people and not behind.rest and behind.has_agency
        is_role = not (behind.people or behind.rest or behind.dated) and is_job(following)
        is_name = found.has_full_name and not found.rest and not found.organizations and len(line) <= _MAX_BARE_CHARS
        if found.is_whole(line) or (is_name and (is_credit or is_role)):
            if is_credit:
                found.organizations += behind.organizations
            return found
    return Byline()


def _is_long(text: str) -> bool:
    """Return whether a text is long enough for a paragraph; in scripts without blanks, a third of the characters is."""
    return len(text) + 2 * (0 if text.isascii() else len(_UNSPACED.findall(text))) >= _MIN_PARAGRAPH_CHARS


def _find_regions(blocks: Sequence[Block], paragraphs: Sequence[str], title: str) -> tuple[list[str], ...]:
    """Return the lines between headline and text, above the headline, and below the text.

    A standfirst may stand above the byline. So the text begins with its second long paragraph.
    """
    texts = set(paragraphs)
    inside = [at for at, block in enumerate(blocks) if block.text in texts]
    at_title = [
        at
        for at, block in enumerate(blocks)
        if title and title in block.text and len(block.text) < 2 * len(title) + _MAX_BARE_CHARS
    ]
    headline = next((at for at in at_title if blocks[at].tag in HEADING_TAGS), at_title[0] if at_title else 0)
    below = [at for at in inside if at > headline] or inside
    long = [at for at in below if _is_long(blocks[at].text)][:2]
    end = min(long[-1] if long else headline + 1, headline + 1 + _MAX_BLOCKS_BETWEEN)
    last = below[-1] if below else headline
    below_zones = _OTHER_ZONES - {"footer"}
    parts = (
        (blocks[headline + 1 : end], _ASIDE_ZONES),
        (blocks[max(0, headline - _MAX_BLOCKS_ABOVE) : headline], _OTHER_ZONES),
        (blocks[last : last + _MAX_BLOCKS_BELOW], below_zones),
    )
    return tuple([block.text for block in part if block.zone not in zones] for part, zones in parts)


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


def _read_printed(
    tree: LexborHTMLParser, blocks: Sequence[Block], paragraphs: Sequence[str], title: str, declared: Sequence[str]
) -> _Printed:
    """Return what the page prints about its authors around the text.

    Marked elements are only read if none of the declared full names is printed there.
    """
    near, above, below = _find_regions(blocks, paragraphs, title)
    around = squash_title(" ".join([*near, *above, *below]))
    marks = [] if any(fold_name(name) in around for name in declared) else read_author_marks(tree)

    def select(lines: Sequence[str], marks: Sequence[Byline] = marks) -> Byline:
        """Return the marks that are printed on some lines."""
        squashed = squash_title(" ".join(line for line in lines if len(line) <= 2 * MAX_BYLINE_CHARS))
        return _unite(mark for mark in marks if fold_name([*mark.people, *mark.organizations][0]) in squashed)

    names = {fold_name(name) for mark in marks for name in (*mark.people, *mark.organizations)}
    far = select(above)
    if not far.has_full_name and len(names) < _MIN_TEASER_NAMES:
        far = select(below)
    full = [mark for mark in marks if mark.has_full_name]
    if (
        not far.has_full_name
        and len({fold_name(name) for mark in marks for name in (*mark.people, *mark.organizations)}) == 1
    ):
        far = _unite(full)
    if not far.has_full_name:
        signature = read_byline_lines([line for line in below[1:] if len(line) <= _MAX_BARE_CHARS])
        far = _unite([far, signature] if signature.opened else [far])
    bylines = [(line, parse_byline(line)) for line in near if len(line) <= MAX_BYLINE_CHARS]
    whole = [(line, found) for line, found in bylines if found.is_whole(line)]
    providers = [name for _, found in whole for name in found.organizations]
    providers += [line for line in below if _CREDIT.match(line[:_CREDIT_SCAN_CHARS])]
    lines = tuple(line for line, _ in whole)
    line, marked = read_byline_lines(near), select(near)
    if not (declared or line.has_full_name or marked.has_full_name):
        # Only next to the text: teasers link to their authors too.
        marked = _unite([marked, select(near, read_author_links(tree))])
    return _Printed(line, marked, far, lines, tuple(providers), around)


def find_authors(
    tree: LexborHTMLParser, blocks: Sequence[Block], paragraphs: Sequence[str], title: str, data: Structured
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
    """
    declared = _unite(parse_byline(name, marked=True) for name in data.authors[:_MAX_PEOPLE])
    meta = _unite(parse_byline(name, marked=True) for name in data.meta_authors)
    empty = _Printed(Byline(), Byline(), Byline(), (), (), "")
    full = [*_list_full_names(declared), *_list_full_names(meta)]
    printed = _read_printed(tree, blocks, paragraphs, title, full) if blocks else empty
    sources = (declared, meta, printed.line, printed.near, printed.far)
    sites = frozenset(fold_name(site) for site in data.site_names) - {""}
    organizations = [name for name in data.sources if not name.startswith("http")]
    organizations += printed.providers
    for source in sources:
        organizations += source.organizations + [name for name in source.people if fold_name(name) in sites]
        source.people = [name for name in source.people if fold_name(name) not in sites]
    people = _choose_people(declared, meta, printed)
    return Authors(tuple(people), tuple(dict.fromkeys(map(normalize_line, organizations))), printed.lines)


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_CREDIT, _UNSPACED]


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
