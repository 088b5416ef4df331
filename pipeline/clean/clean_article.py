"""From an extraction to an article: wire conventions into fields, what is not the text into ``dropped``."""

from __future__ import annotations

from copydesk.pipeline.clean.agencies import find_agencies
from copydesk.pipeline.clean.credit import Credit, read_byline, read_credit, read_last_mark, split_end_mark, split_names
from copydesk.pipeline.clean.cut_rules import Rules, compile_boilerplate, fold, load_rules
from copydesk.pipeline.clean.dateline import Dateline, split_dateline, split_second
from copydesk.pipeline.clean.draft import RUNNING, Draft
from copydesk.pipeline.clean.known_boilerplate import find_learned
from copydesk.pipeline.clean.notices import find_end_notice, find_notice, split_title
from copydesk.pipeline.clean.repeated_paragraphs import find_repeats, fold_words
from copydesk.pipeline.clean.securities import find_isins, find_tickers
from copydesk.pipeline.clean.surrounding_lines import cut_lines, cut_tail
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Article, ArticleKind, Dropped, Extraction, Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.text import normalize_line

# Characters of an author's line that are kept.
_LONGEST_AUTHOR = 200
# A source's own patterns are shown at most this much of a paragraph.
_BOILERPLATE_REACH = 2000


def _cut_insides(text: str, draft: Draft, rules: Rules) -> str:
    """The paragraph without what is cut from inside it."""
    for pattern, reason in rules.pick_insides(text):
        pieces = [match.group().strip() for match in pattern.finditer(text)]
        if pieces:
            draft.dropped += [Dropped(reason, piece) for piece in dict.fromkeys(pieces)]
            text = pattern.sub("", text).strip()
    return text


def _mend(extraction: Extraction, rules: Rules) -> Draft:
    draft = Draft([], list(extraction.dropped))
    texts = list(filter(None, map(normalize_line, extraction.paragraphs)))
    may_contain = rules.may_hold_insides("\n".join(texts))
    draft.paragraphs = [left for text in texts if (left := _cut_insides(text, draft, rules))] if may_contain else texts
    return draft


def _cut_boilerplate(draft: Draft, source: Source | None) -> None:
    if source is None or not source.boilerplate:
        return
    patterns = compile_boilerplate(source.boilerplate)
    draft.cut(
        {
            at: "boilerplate"
            for at, text in enumerate(draft.paragraphs)
            if any(pattern.match(text[:_BOILERPLATE_REACH]) for pattern in patterns)
        }
    )


def _cut_learned(draft: Draft, learned: frozenset[str]) -> None:
    if learned:
        draft.cut(dict.fromkeys(find_learned(draft.paragraphs, learned), "learned"))


def _cut_notes(draft: Draft) -> None:
    """Desk's notes above the text: the notice is kept as a field; as text only where there is no other."""
    numbers: dict[int, str] = {}
    for at, text in enumerate(draft.paragraphs[:3]):
        notice = find_notice(text)
        if not notice:
            continue
        draft.notice = draft.notice or notice
        others = sum(draft.count(other) for other in range(len(draft.paragraphs)) if other != at)
        if notice not in WITHDRAWAL_NOTICES and draft.count(at) <= 60 and others >= RUNNING:
            numbers[at] = "notice"
    for at in range(max(3, len(draft.paragraphs) - 4), len(draft.paragraphs)):
        if draft.count(at) <= 60 and (notice := find_end_notice(draft.paragraphs[at])):
            draft.notice = draft.notice or notice
            numbers[at] = "notice"
    draft.cut(numbers)


def _cut_credits(draft: Draft, rules: Rules, author: str) -> None:
    author = fold_words(author[:_LONGEST_AUTHOR])
    first, last = draft.find_middle()
    numbers: dict[int, str] = {}
    for at, text in enumerate(draft.paragraphs):
        if at > first + 1 and at < min(last, len(draft.paragraphs) - 4):
            continue
        credit = (read_byline(text) if at <= first + 1 else None) or (read_credit(text) if at != first else None)
        # The author's name alone, as the page gives it, above or below the text.
        credit = credit or (Credit("byline") if author and fold_words(text[:_LONGEST_AUTHOR]) == author else None)
        credit = credit or (read_last_mark(text) if at == len(draft.paragraphs) - 1 else None)
        if credit and len(draft.paragraphs) - len(numbers) > 1:
            numbers[at] = credit.kind
            draft.take(credit)
            above = at - 1
            # The rule between the text and its credit; a long credit made it look like one within the text till now.
            if above > first and rules.find_line(fold(draft.paragraphs[above]), draft.count(above), "tail") == "rule":
                numbers[above] = "rule"
    draft.cut(numbers)


def _is_list(paragraphs: list[str], at: int) -> bool:
    """Whether a place before the text labels an item of a list: others below have one too (``GRAZ: ...``)."""
    return any((found := split_dateline(text)) and not found.agency for text in paragraphs[at + 1 : at + 4])


def _split_dateline(draft: Draft, own: str) -> Dateline | None:
    """Split the dateline off the paragraph that has it: the first, or the one below a standfirst."""
    for at, text in enumerate(draft.paragraphs[:3]):
        found = split_dateline(text, own)
        if found and not found.agency and _is_list(draft.paragraphs, at):
            return None
        if found and (found.rest or len(draft.paragraphs) > at + 1) and (found.agency or at < 2):
            draft.paragraphs[at : at + 1] = [found.rest] if found.rest else []
            draft.dropped.append(Dropped("dateline", text[: len(text) - len(found.rest)].strip()))
            left = draft.paragraphs[at]
            if (second := split_second(found, left, own)) and second.rest:
                draft.paragraphs[at] = second.rest
                draft.dropped.append(Dropped("dateline", left[: len(left) - len(second.rest)].strip()))
                return second
            return found
    return None


def _split_end(draft: Draft, own: str) -> None:
    if not draft.paragraphs:
        return
    kept, agencies = split_end_mark(draft.paragraphs[-1], own)
    if kept != draft.paragraphs[-1]:
        draft.dropped.append(Dropped("credit", draft.paragraphs[-1][len(kept) :].strip()))
        draft.paragraphs[-1] = kept
        draft.agencies += agencies


def _settle_byline(author: str, draft: Draft) -> str:
    author = normalize_line(author)[:_LONGEST_AUTHOR]
    for prefix in ("By ", "by ", "BY ", "Von ", "Par ", "Por "):
        author = author.removeprefix(prefix)
    people, agencies = split_names(author) if author else ("", [])
    draft.agencies += agencies
    return people or ", ".join(dict.fromkeys(draft.names))


def clean(extraction: Extraction, page: Page | None = None, source: Source | None = None) -> Article:
    """The article that an extraction holds; pure: the same arguments and rules give the same article.

    Nothing is lost: every piece cut from the text stands in ``dropped`` with its reason. ``cleaner`` is the version of
    the rules. A refused extraction, or one that cleaning leaves empty, gives an article of kind ``refused``.
    """
    rules = load_rules()
    url = page.url if page else ""
    wire = (page.wire if page else "") or (source.name if source else "")
    own, learned = (source.agency, source.learned) if source else ("", frozenset[str]())
    notice, title = split_title(normalize_line(extraction.title))
    draft = _mend(extraction, rules)
    reason = extraction.refusal_reason
    dateline: Dateline | None = None
    if not reason:
        _cut_boilerplate(draft, source)
        _cut_learned(draft, learned)
        draft.cut(dict.fromkeys(find_repeats(draft.paragraphs), "repeat"))
        cut_tail(draft, rules)
        _cut_notes(draft)
        cut_lines(draft, rules, title, own)
        _cut_credits(draft, rules, extraction.author)
        dateline = _split_dateline(draft, own)
        # A lead that is printed twice, once with its dateline and once without, is a repeat only now.
        draft.cut(dict.fromkeys(find_repeats(draft.paragraphs), "repeat"))
        _split_end(draft, own)
        # Again, as the paragraphs stand now: that is how they were learned.
        _cut_learned(draft, learned)
        if not draft.paragraphs:
            reason = "no_article"
    if dateline and dateline.byline:
        draft.names.append(dateline.byline)
    byline = _settle_byline(extraction.author, draft)
    agencies = list(dict.fromkeys(draft.agencies))
    agency = (dateline.agency if dateline else "") or own or (agencies[0] if agencies else "")
    credit = (dateline.credit if dateline else "") or "/".join(agencies) or (dateline.agency if dateline else "")
    if own and credit.casefold() == own.casefold():
        credit = ""
    if not agency and (found := find_agencies(extraction.site_name)):
        agency = found[0]
    return Article(
        kind=ArticleKind.REFUSED if reason else ArticleKind.ARTICLE,
        reason=reason,
        url=url,
        canonical_url=extraction.canonical_url,
        wire=wire,
        title=title,
        paragraphs=() if reason else tuple(draft.paragraphs),
        published_at=extraction.published_at,
        published_source=extraction.published_source,
        modified_at=extraction.modified_at,
        byline=byline,
        agency=agency,
        dateline=dateline.text if dateline else "",
        credit=credit,
        section=normalize_line(extraction.section),
        language=extraction.language,
        notice=notice or draft.notice,
        image_url=extraction.image_url,
        via=extraction.via,
        cleaner=f"rules-{rules.version}",
        dropped=tuple(draft.dropped),
        modified_source=extraction.modified_source,
        author=normalize_line(extraction.author)[:_LONGEST_AUTHOR],
        truncated=extraction.truncated and not reason,
        tickers=() if reason else find_tickers((title, *draft.paragraphs), extraction.symbols),
        isins=() if reason else find_isins((title, *draft.paragraphs), extraction.symbols),
    )
