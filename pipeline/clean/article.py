"""From an extraction to an article: wire conventions into fields, what is not the text into ``dropped``."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.clean.agencies import find_agencies
from pipeline.clean.credit import Credit, read_byline, read_credit, read_last_mark, split_end_mark, split_names
from pipeline.clean.dateline import Dateline, split_dateline, split_second
from pipeline.clean.learned import find_learned
from pipeline.clean.notices import find_end_notice, find_notice, split_title
from pipeline.clean.repeats import find_repeats, fold_words
from pipeline.clean.rules import Rules, compile_boilerplate, fold, load_rules
from pipeline.clean.securities import find_isins, find_tickers
from pipeline.clean.speech import SENTENCE_ENDS, is_speech, is_statement
from pipeline.records import WITHDRAWING, Article, ArticleKind, Dropped, Extraction, Page
from pipeline.source import Source
from pipeline.text import count_words, mend_line

# A paragraph of so many words is running text; shorter ones may be anything.
_RUNNING = 18
# A sentence has at least so many; a text without running paragraphs is made of such.
_SENTENCE = 4
# A source's own patterns are shown at most this much of a paragraph.
_BOILERPLATE_REACH = 2000


@dataclass(slots=True)
class _Draft:
    """The paragraphs as they stand, and what was found on the way."""

    paragraphs: list[str]
    dropped: list[Dropped]
    names: list[str] = field(default_factory=list)
    agencies: list[str] = field(default_factory=list)
    notice: str = ""
    _words: dict[str, int] = field(default_factory=dict)

    def count(self, at: int) -> int:
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
        running = [at for at in range(len(self.paragraphs)) if self.count(at) >= _RUNNING]
        running = running or [at for at in range(len(self.paragraphs)) if self.is_sentence(at)]
        return (running[0], running[-1]) if running else (0, len(self.paragraphs) - 1)

    def is_sentence(self, at: int) -> bool:
        return self.count(at) >= _SENTENCE and self.paragraphs[at].endswith(SENTENCE_ENDS)

    def count_running(self, start: int, least: int) -> list[tuple[str, int]]:
        """The paragraphs from ``start`` on that have at least so many words, with their number of words."""
        counted = [(self.paragraphs[at], self.count(at)) for at in range(start, len(self.paragraphs))]
        return [(text, words) for text, words in counted if words >= least]

    def take(self, credit: Credit) -> None:
        self.agencies += credit.agencies
        if credit.names:
            self.names.append(credit.names)


def _mend(extraction: Extraction, rules: Rules) -> _Draft:
    draft = _Draft([], list(extraction.dropped))
    for paragraph in extraction.paragraphs:
        text = mend_line(paragraph)
        for pattern, reason in rules.pick_insides(text):
            pieces = [match.group().strip() for match in pattern.finditer(text)]
            if pieces:
                draft.dropped += [Dropped(reason, piece) for piece in dict.fromkeys(pieces)]
                text = pattern.sub("", text).strip()
        if text:
            draft.paragraphs.append(text)
    return draft


def _cut_boilerplate(draft: _Draft, source: Source | None) -> None:
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


def _cut_learned(draft: _Draft, source: Source | None) -> None:
    if source is not None and source.learned:
        draft.cut(dict.fromkeys(find_learned(draft.paragraphs, source.learned), "learned"))


def _is_flash(draft: _Draft, at: int, title: str, own: str) -> bool:
    """Whether a paragraph that says the headline again is the text itself: it opens with an agency's dateline, or it
    is a sentence, the headline is none, and there is no longer text.
    """
    text = draft.paragraphs[at]
    found = split_dateline(text, own)
    if found and found.rest and (found.agency or found.text):
        return True
    sentence = draft.is_sentence(at) and not title.endswith(SENTENCE_ENDS)
    return sentence and not draft.count_running(at + 1, _RUNNING)


def _cut_lines(draft: _Draft, rules: Rules, title: str, own: str) -> None:
    first, last = draft.find_middle()
    numbers: dict[int, str] = {}
    wanted = fold_words(title)
    most = count_words(title) + 12
    for at, text in enumerate(draft.paragraphs):
        place = "head" if at < first else "tail" if at > last or at * 3 > len(draft.paragraphs) * 2 else "middle"
        folded, words = fold(text), draft.count(at)
        if is_speech(text):
            # Somebody says "Read more books"; a teaser that opens with a quotation doesn't go on after it.
            continue
        reason = rules.find_line(folded, words, place)
        if reason and is_statement(text):
            # No furniture is a sentence amid the text, unless a rule is sure of it.
            spared = {"statements", "inner"} if first < at < last else {"statements"}
            reason = rules.find_line(folded, words, place, spared)
        if reason := reason or rules.find_tail(folded, words):
            numbers[at] = reason
        elif at > first + 1 or not wanted or words > most or not fold_words(text).endswith(wanted):
            continue
        elif not _is_flash(draft, at, title, own):
            numbers[at] = "title"
    if len(numbers) == len(draft.paragraphs):
        # A flash may say no more than its headline.
        numbers = {at: reason for at, reason in numbers.items() if reason != "title"}
    draft.cut(numbers)


def _cut_tail(draft: _Draft, rules: Rules) -> None:
    """Cut from a heading such as "Most popular stories" on, where what follows is not the greater part of the text."""
    before = 0
    for at, text in enumerate(draft.paragraphs):
        words = draft.count(at)
        reason = rules.find_tail(fold(text), words) if words <= 14 else ""
        if reason and before >= 8:
            rest = sum(words for _, words in draft.count_running(at + 1, _RUNNING))
            # Below "Related stories" a page may go on with its text; headlines do not end as sentences do.
            goes_on = reason == "related" and any(
                text.endswith(SENTENCE_ENDS) for text, _ in draft.count_running(at + 1, 8)
            )
            if rest <= max(before // 3, 40) and not goes_on:
                numbers = {}
                for later in range(at, len(draft.paragraphs)):
                    reason = rules.find_tail(fold(draft.paragraphs[later]), draft.count(later)) or reason
                    numbers[later] = reason
                draft.cut(numbers)
                return
        before += words


def _cut_notes(draft: _Draft) -> None:
    """Desk's notes above the text: the notice is kept as a field; as text only where there is no other."""
    numbers: dict[int, str] = {}
    for at, text in enumerate(draft.paragraphs[:3]):
        notice = find_notice(text)
        if not notice:
            continue
        draft.notice = draft.notice or notice
        others = sum(draft.count(other) for other in range(len(draft.paragraphs)) if other != at)
        if notice not in WITHDRAWING and draft.count(at) <= 60 and others >= _RUNNING:
            numbers[at] = "notice"
    for at in range(max(3, len(draft.paragraphs) - 4), len(draft.paragraphs)):
        if draft.count(at) <= 60 and (notice := find_end_notice(draft.paragraphs[at])):
            draft.notice = draft.notice or notice
            numbers[at] = "notice"
    draft.cut(numbers)


def _cut_credits(draft: _Draft) -> None:
    first, last = draft.find_middle()
    numbers: dict[int, str] = {}
    for at, text in enumerate(draft.paragraphs):
        if at > first + 1 and at < min(last, len(draft.paragraphs) - 4):
            continue
        credit = (read_byline(text) if at <= first + 1 else None) or (read_credit(text) if at != first else None)
        credit = credit or (read_last_mark(text) if at == len(draft.paragraphs) - 1 else None)
        if credit and len(draft.paragraphs) - len(numbers) > 1:
            numbers[at] = credit.kind
            draft.take(credit)
    draft.cut(numbers)


def _is_list(paragraphs: list[str], at: int) -> bool:
    """Whether a place before the text labels an item of a list: others below have one too (``GRAZ: ...``)."""
    return any((found := split_dateline(text)) and not found.agency for text in paragraphs[at + 1 : at + 4])


def _split_dateline(draft: _Draft, own: str) -> Dateline | None:
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


def _split_end(draft: _Draft, own: str) -> None:
    if not draft.paragraphs:
        return
    kept, agencies = split_end_mark(draft.paragraphs[-1], own)
    if agencies:
        draft.dropped.append(Dropped("credit", draft.paragraphs[-1][len(kept) :].strip()))
        draft.paragraphs[-1] = kept
        draft.agencies += agencies


def _settle_byline(author: str, draft: _Draft) -> str:
    author = mend_line(author)[:200]
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
    own = source.agency if source else ""
    notice, title = split_title(mend_line(extraction.title))
    draft = _mend(extraction, rules)
    reason = extraction.refused
    dateline: Dateline | None = None
    if not reason:
        _cut_boilerplate(draft, source)
        _cut_learned(draft, source)
        draft.cut(dict.fromkeys(find_repeats(draft.paragraphs), "repeat"))
        _cut_tail(draft, rules)
        _cut_notes(draft)
        _cut_lines(draft, rules, title, own)
        _cut_credits(draft)
        dateline = _split_dateline(draft, own)
        # A lead that is printed twice, once with its dateline and once without, is a repeat only now.
        draft.cut(dict.fromkeys(find_repeats(draft.paragraphs), "repeat"))
        _split_end(draft, own)
        # Again, as the paragraphs stand now: that is how they were learned.
        _cut_learned(draft, source)
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
        section=mend_line(extraction.section),
        language=extraction.language,
        notice=notice or draft.notice,
        image_url=extraction.image_url,
        via=extraction.via,
        cleaner=f"rules-{rules.version}",
        dropped=tuple(draft.dropped),
        modified_source=extraction.modified_source,
        author=mend_line(extraction.author)[:200],
        truncated=extraction.truncated and not reason,
        tickers=() if reason else find_tickers((title, *draft.paragraphs), extraction.symbols),
        isins=() if reason else find_isins((title, *draft.paragraphs), extraction.symbols),
    )
