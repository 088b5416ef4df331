"""Turn an extraction into an article: wire conventions into fields, what is not the text into ``dropped``."""

from __future__ import annotations

from copydesk.pipeline.clean.credit import (
    Credit,
    parse_byline,
    parse_credit,
    parse_last_mark,
    split_authors,
    split_end_mark,
)
from copydesk.pipeline.clean.cut_rules import Rules, compile_boilerplate, load_rules
from copydesk.pipeline.clean.dateline import Dateline, is_caption, split_dateline, split_second_dateline
from copydesk.pipeline.clean.draft import MIN_RUNNING_WORDS, Draft
from copydesk.pipeline.clean.known_boilerplate import find_learned_boilerplate
from copydesk.pipeline.clean.notices import find_end_notice, find_notice, split_notice
from copydesk.pipeline.clean.place import MAX_DATELINE_CHARS
from copydesk.pipeline.clean.repeated_paragraphs import find_repeats, fold_words
from copydesk.pipeline.clean.securities import find_isins, find_tickers
from copydesk.pipeline.clean.surrounding_lines import cut_lines, cut_tail
from copydesk.pipeline.clean.text_rules import fold_paragraph
from copydesk.pipeline.core.agencies import find_agencies
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Article, ArticleKind, DroppedText, Extraction, Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.text import normalize_line

# Longer author lines are cut: they are texts in the wrong field.
_MAX_AUTHOR_CHARS = 200
# Characters of a paragraph that a source's own patterns see: they may be slow.
_BOILERPLATE_SCAN_CHARS = 2000


def _cut_inline_matches(text: str, draft: Draft, rules: Rules) -> str:
    """Return the paragraph without the pieces that rules cut from inside it."""
    for pattern, reason in rules.select_inline_patterns(text):
        pieces = [match.group().strip() for match in pattern.finditer(text)]
        if pieces:
            draft.dropped += [DroppedText(reason, piece) for piece in dict.fromkeys(pieces)]
            text = pattern.sub("", text).strip()
    return text


def _start_draft(extraction: Extraction, rules: Rules) -> Draft:
    """Return a draft of the extraction's paragraphs, without pieces that rules cut from inside them."""
    draft = Draft([], list(extraction.dropped))
    texts = list(filter(None, map(normalize_line, extraction.paragraphs)))
    may_contain = rules.may_match_inline("\n".join(texts))
    draft.paragraphs = (
        [kept for text in texts if (kept := _cut_inline_matches(text, draft, rules))] if may_contain else texts
    )
    return draft


def _cut_boilerplate(draft: Draft, source: Source | None) -> None:
    """Drop paragraphs that match the source's own patterns."""
    if source is None or not source.boilerplate:
        return
    patterns = compile_boilerplate(source.boilerplate)
    draft.drop_paragraphs(
        {
            at: "boilerplate"
            for at, text in enumerate(draft.paragraphs)
            if any(pattern.match(text[:_BOILERPLATE_SCAN_CHARS]) for pattern in patterns)
        }
    )


def _cut_learned(draft: Draft, learned: frozenset[str]) -> None:
    """Drop paragraphs that were learned as boilerplate."""
    if learned:
        draft.drop_paragraphs(dict.fromkeys(find_learned_boilerplate(draft.paragraphs, learned), "learned"))


def _cut_desk_notes(draft: Draft) -> None:
    """Drop desk notes above and below the text, and set the draft's notice.

    A note stays in the text if there is little else, or if it withdraws the story.
    """
    numbers: dict[int, str] = {}
    for at, text in enumerate(draft.paragraphs[:3]):
        notice = find_notice(text)
        if not notice:
            continue
        draft.notice = draft.notice or notice
        other_words = sum(draft.count_words_at(other) for other in range(len(draft.paragraphs)) if other != at)
        if notice not in WITHDRAWAL_NOTICES and draft.count_words_at(at) <= 60 and other_words >= MIN_RUNNING_WORDS:
            numbers[at] = "notice"
    for at in range(max(3, len(draft.paragraphs) - 4), len(draft.paragraphs)):
        if draft.count_words_at(at) <= 60 and (notice := find_end_notice(draft.paragraphs[at])):
            draft.notice = draft.notice or notice
            numbers[at] = "notice"
    draft.drop_paragraphs(numbers)


def _is_dateline_alone(paragraph: str, credit: Credit) -> bool:
    """Return whether what reads like a credit is a dateline on a line of its own: ``TARNOW, Ohio (AP) -``."""
    if len(paragraph) > MAX_DATELINE_CHARS or (credit.names and paragraph[-1] not in "-\u2010\u2013\u2014"):
        return False
    found = split_dateline(paragraph)
    return found is not None and bool(found.text and found.agency) and not found.rest


def _cut_credits(draft: Draft, rules: Rules, author: str) -> None:
    """Drop bylines and credit lines above and below the text, and record whom they credit."""
    author = fold_words(author[:_MAX_AUTHOR_CHARS])
    first, last = draft.find_text_span()
    numbers: dict[int, str] = {}
    for at, text in enumerate(draft.paragraphs):
        if at > first + 1 and at < min(last, len(draft.paragraphs) - 4):
            continue
        credit = (parse_byline(text) if at <= first + 1 else None) or (parse_credit(text) if at != first else None)
        # The author's name alone, as in the page's data, above or below the text.
        credit = credit or (Credit("byline") if author and fold_words(text[:_MAX_AUTHOR_CHARS]) == author else None)
        credit = credit or (parse_last_mark(text) if at == len(draft.paragraphs) - 1 else None)
        if credit and at <= first + 1 and _is_dateline_alone(text, credit):
            continue
        if credit and len(draft.paragraphs) - len(numbers) > 1:
            numbers[at] = credit.kind
            draft.add_credit(credit)
            above = at - 1
            # A rule between the text and its credit. As long as the credit counted as text, the rule looked like one
            # within it.
            if (
                above > first
                and rules.find_line_reason(fold_paragraph(draft.paragraphs[above]), draft.count_words_at(above), "tail")
                == "rule"
            ):
                numbers[above] = "rule"
    draft.drop_paragraphs(numbers)


def _is_dateline_list(paragraphs: list[str], at: int) -> bool:
    """Return whether a place labels an item of a list (``GRAZ: ...``): paragraphs below it have one too."""
    return any((found := split_dateline(text)) and not found.agency for text in paragraphs[at + 1 : at + 4])


def _split_dateline(draft: Draft, own_agency: str) -> Dateline | None:
    """Split the dateline off the paragraph that has it: the first one, or the one below a standfirst."""
    for at, text in enumerate(draft.paragraphs[:3]):
        # "LONDON - MAY 3: Boats lie ... (Photo by ...)" is a caption, with a dateline of its own.
        found = None if is_caption(text) else split_dateline(text, own_agency)
        if found and not found.agency and _is_dateline_list(draft.paragraphs, at):
            return None
        if found and (found.rest or len(draft.paragraphs) > at + 1) and (found.agency or at < 2):
            draft.paragraphs[at : at + 1] = [found.rest] if found.rest else []
            draft.dropped.append(DroppedText("dateline", text[: len(text) - len(found.rest)].strip()))
            left = draft.paragraphs[at]
            if (second := split_second_dateline(found, left, own_agency)) and second.rest:
                draft.paragraphs[at] = second.rest
                draft.dropped.append(DroppedText("dateline", left[: len(left) - len(second.rest)].strip()))
                return second
            return found
    return None


def _split_end_credit(draft: Draft, own_agency: str) -> None:
    """Split the agency's mark off the end of the last paragraph."""
    if not draft.paragraphs:
        return
    kept, agencies = split_end_mark(draft.paragraphs[-1], own_agency)
    if kept != draft.paragraphs[-1]:
        draft.dropped.append(DroppedText("credit", draft.paragraphs[-1][len(kept) :].strip()))
        draft.paragraphs[-1] = kept
        draft.agencies += agencies


def _resolve_byline(author: str, draft: Draft) -> str:
    """Return the people in the extracted author; without any, those in the text's bylines. Record the agencies."""
    author = normalize_line(author)[:_MAX_AUTHOR_CHARS]
    for prefix in ("By ", "by ", "BY ", "Von ", "Par ", "Por "):
        author = author.removeprefix(prefix)
    people, agencies = split_authors(author) if author else ("", [])
    draft.agencies += agencies
    return people or ", ".join(dict.fromkeys(draft.names))


def clean(extraction: Extraction, page: Page | None = None, source: Source | None = None) -> Article:
    """Return the article of an extraction.

    Pure: the same arguments and rules give the same article. Nothing is lost: every piece cut from the text is in
    ``dropped``, with its reason. ``cleaner`` is the version of the rules. A refused extraction, or one without text
    after cleaning, gives an article of kind ``refused``.

    Args:
        extraction: What was extracted from the page.
        page: The page, for its URL and wire.
        source: The page's wire, for its agency, its own boilerplate patterns and learned boilerplate.
    """
    rules = load_rules()
    url = page.url if page else ""
    wire = (page.wire if page else "") or (source.name if source else "")
    own_agency, learned = (source.agency, source.learned) if source else ("", frozenset[str]())
    notice, title = split_notice(normalize_line(extraction.title))
    draft = _start_draft(extraction, rules)
    reason = extraction.refusal_reason
    dateline: Dateline | None = None
    if not reason:
        _cut_boilerplate(draft, source)
        _cut_learned(draft, learned)
        draft.drop_paragraphs(dict.fromkeys(find_repeats(draft.paragraphs), "repeat"))
        cut_tail(draft, rules)
        _cut_desk_notes(draft)
        cut_lines(draft, rules, title, own_agency, extraction.language)
        _cut_credits(draft, rules, extraction.author)
        dateline = _split_dateline(draft, own_agency)
        # Only now is a lead a repeat that is printed with its dateline and without.
        draft.drop_paragraphs(dict.fromkeys(find_repeats(draft.paragraphs), "repeat"))
        _split_end_credit(draft, own_agency)
        # Again: paragraphs are learned in their final form.
        _cut_learned(draft, learned)
        if not draft.paragraphs:
            reason = "no_article"
    if dateline and dateline.byline:
        draft.names.append(dateline.byline)
    byline = _resolve_byline(extraction.author, draft)
    for wording in extraction.credits:
        stated = parse_credit(wording)
        if found := find_agencies(wording):
            draft.agencies += found
        elif stated:
            draft.add_credit(Credit(stated.kind, stated.agencies, is_contribution=stated.is_contribution))
    agencies = list(dict.fromkeys(draft.agencies))
    credited = list(dict.fromkeys([*agencies, *draft.contributors]))
    agency = (dateline.agency if dateline else "") or own_agency or (agencies[0] if agencies else "")
    credit = (dateline.credit if dateline else "") or "/".join(credited) or (dateline.agency if dateline else "")
    if own_agency and credit.casefold() == own_agency.casefold():
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
        published_offset=extraction.published_offset,
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
        author=normalize_line(extraction.author)[:_MAX_AUTHOR_CHARS],
        truncated=extraction.truncated and not reason,
        tickers=() if reason else find_tickers((title, *draft.paragraphs), extraction.symbols),
        isins=() if reason else find_isins((title, *draft.paragraphs), extraction.symbols),
    )
