"""``python -m tests.golden.choose_pairs``: choose the pairs that are compared, near every threshold.

Documents of ``documents.jsonl`` are shortened and edited at random, as desks and sites edit copy and as forms are
filled in again. Of these pairs, those are kept with which a moved threshold shows (``thresholds``), and some of each
rule. Run it after a rule is added or removed; then run ``make golden`` and read the difference.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from copydesk.pipeline.core.dedup_records import Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match.coverage import is_unrelated
from copydesk.pipeline.match.evidence import Overlap, PairEvidence
from copydesk.pipeline.match.verify import judge
from copydesk.pipeline.sign import sign
from tests.golden.records import PAIR_DOCUMENTS, PAIRS, read_documents, read_pairs
from tests.golden.thresholds import Change, apply_change, list_changes

PAIR_COUNT = 300
"""Pairs that are kept, at least, with those that were chosen before."""

PAIRS_PER_KIND = 10
"""Pairs of each kind of edge, at least."""

PAIRS_PER_CHANGE = 2
"""Pairs that show each change: one may be lost when a rule changes."""

MAX_BASE_WORDS = 170
"""Longer documents are left out: the files are read by people."""

_JUDGED = ("match.", "profile.jaccard", "profile.containment")
_NOT_JUDGED = ("match.candidate_pairs", "match.surplus_copies", "match.prefilter", "match.evidence.MIN_SAMPLE_SIZE")
"""The changes that show when two documents are compared; other golden files show the rest."""

_DRAWS = 60_000
_SEED = 7
_MINUTES = (60, 180, 240, 720, 1_200, 1_440)
"""Distances at which rules change their mind."""

_PREFIXES = ("UPDATE 1-", "CORRECTED - ", "REFILE-", "KILL: ", "WRAPUP 2-", "FLASH - ")
_NUMBER = re.compile(r"\d[\d.,]*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")

Outcome = tuple[str | None, str, bool]


class Pair:
    """Two documents, and what they have in common."""

    def __init__(self, a: Document, b: Document, sketches: tuple[Sketch, Sketch]) -> None:
        self.a, self.b, self.sketches = a, b, sketches
        self._body = Overlap.between(sketches[0].shingles, sketches[1].shingles)
        self._evidence = PairEvidence.between(*sketches, self._body)
        self.outcome = self.judge(Profile())

    def judge(self, profile: Profile) -> Outcome:
        """Return kind, rule and closeness, as ``verify`` does, but without counting again what the pair shares."""
        if is_unrelated(self._body, *(sketch.features for sketch in self.sketches)):
            return None, "unrelated", False
        verdict, is_close = judge(self._evidence, profile)
        return verdict.kind, verdict.rule, is_close

    def shows(self, change: Change, profile: Profile) -> bool:
        """Return whether the outcome is another one, while a change is applied."""
        if change.name.startswith(("match.evidence", "match.own_words")):
            return Pair(self.a, self.b, self.sketches).outcome != self.outcome
        return self.judge(profile) != self.outcome

    @property
    def size(self) -> int:
        return len(self.a.body) + len(self.b.body)


class Editor:
    """Makes random pairs; a seed always gives the same."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._bases = [one for one in read_documents() if one.published_at and len(one.body.split()) <= MAX_BASE_WORDS]
        self._sentences = [part for one in self._bases for part in _SENTENCE_END.split(one.body) if len(part) > 30]
        self._names = sorted({word for one in self._bases for word in re.findall(r"(?<=[a-z] )[A-Z][a-z]+", one.body)})
        # Words of scripts without capitals, where a name is a word like others.
        self._caseless = sorted(
            {word for one in self._bases for word in one.body.split() if not _has_case(word) and word.isalpha()}
        )

    def make_pairs(self, count: int) -> Iterator[tuple[Document, Document]]:
        for number in range(count):
            base = self._shorten(self._rng.choice(self._bases))
            yield replace(base, id=f"pair-{number}-a"), replace(self._edit(base), id=f"pair-{number}-b")

    def _shorten(self, document: Document) -> Document:
        """Return the document, or only its first words: rules for short texts decide a third of all pairs."""
        words = document.body.split()
        if len(words) < 12 or self._rng.random() < 0.4:
            return document
        count = self._rng.choice([self._rng.randint(8, 30), self._rng.randint(20, 70), self._rng.randint(60, 130)])
        return replace(document, body=" ".join(words[:count]))

    def _edit(self, document: Document) -> Document:
        rng = self._rng
        draw = rng.random()
        if draw < 0.1:
            return self._refer(document)
        if draw < 0.2:
            return self._compile(document)
        if draw < 0.45:
            return self._refill(document)
        sentences = _SENTENCE_END.split(document.body)
        if rng.random() < 0.3:
            sentences = sentences[: max(1, round(len(sentences) * rng.random()))]
        if rng.random() < 0.3:
            kept = rng.random()
            sentences = [one if rng.random() < kept else rng.choice(self._sentences) for one in sentences]
        if rng.random() < 0.25:
            more = rng.choices(self._sentences, k=rng.randint(1, max(2, 2 * len(sentences))))
            sentences = more + sentences if rng.random() < 0.3 else sentences + more
        body = " ".join(sentences)
        if rng.random() < 0.5:
            body = self._change_numbers(body, rng.random())
        if rng.random() < 0.35:
            body = self._change_words(body, rng.random(), names=True)
        if rng.random() < 0.25:
            body = self._change_words(body, rng.random() / 3, names=False)
        return replace(
            document,
            title=self._retitle(document.title),
            body=body,
            published_at=self._move(document.published_at),
            dateline=rng.choice([document.dateline] * 4 + ["Eskvale", "Farrow, March 2"]),
            agency=rng.choice([document.agency] * 4 + ["NW", "Harbour Press"]),
        )

    def _refill(self, document: Document) -> Document:
        """Return the same form with few other numbers, names and words of the title."""
        rng = self._rng
        body = self._change_numbers(document.body, rng.choice([0, 0.2, 0.4, 0.6]))
        body = self._change_words(body, rng.choice([0, 0, 0.2, 0.4]), names=True)
        body = self._change_words(body, rng.choice([0, 0, 0.05, 0.1]), names=False)
        words = document.title.split() if _has_case(document.title) else []
        for at in rng.sample(range(len(words)), min(len(words), rng.choice([0, 1, 1, 2, 3]))):
            words[at] = rng.choice(self._names)
        title = rng.choice(["", "", "", "CORRECTED - ", "UPDATE 1-"]) + (" ".join(words) or document.title)
        return replace(document, title=title, body=body, published_at=self._move(document.published_at))

    def _compile(self, document: Document) -> Document:
        """Return a digest with an item that begins as the document does, or with text of it in several items."""
        rng = self._rng
        words = document.body.split()
        opening = " ".join(words[: rng.randint(8, 24)])
        if rng.random() < 0.4:
            opening = " ".join(words[: len(words) * rng.randint(5, 10) // 10])
        others = [rng.choice(self._sentences) for _ in range(rng.randint(2, 3))]
        items = [self._change_words(opening, rng.choice([0, 0, 0.05, 0.1]), names=rng.random() < 0.5), *others]
        rng.shuffle(items)
        slugs = ["HARBOUR NEWS", "MARKETS TODAY", "WEATHER AND SEA", "SPORT AT NIGHT"]
        body = "\n\n".join(f"{slug} - {item}" for slug, item in zip(slugs, items, strict=False))
        return replace(document, title=rng.choice([document.title, "The day in brief"]), body=body)

    def _refer(self, document: Document) -> Document:
        """Return a kill or a flash of the document, or one of another story with such a title."""
        title = self._retitle(document.title, share=0.6)
        is_kill = self._rng.random() < 0.5
        text = "Sent in error." if is_kill else f"{title}."
        return replace(
            document,
            title=title,
            body=text,
            notice="kill" if is_kill else "",
            published_at=self._move(document.published_at),
            agency=self._rng.choice(["", "NW", "Harbour Press", document.agency]),
            dateline=self._rng.choice(["", document.dateline, "Eskvale"]),
        )

    def _move(self, time: datetime | None) -> datetime | None:
        minutes = self._rng.choice([0, 30, 90, self._rng.randint(0, 5_000), self._rng.choice(_MINUTES)])
        minutes += round(minutes * self._rng.uniform(-0.12, 0.12))
        return time and time + timedelta(minutes=minutes * self._rng.choice([1, 1, -1]))

    def _retitle(self, title: str, share: float = 0.4) -> str:
        rng = self._rng
        if rng.random() < share:
            return rng.choice([title, title, title, rng.choice(_PREFIXES) + title])
        words = title.split()
        kept = rng.random()
        words = [word if rng.random() < kept else rng.choice(self._names) for word in words]
        words = words[: rng.randint(1, len(words) + 1)] if words else words
        return " ".join(words + rng.sample(self._names, rng.choice([0, 0, 1, 3])))

    def _change_numbers(self, body: str, share: float) -> str:
        def change(number: re.Match[str]) -> str:
            return str(self._rng.randint(2, 9_999)) if self._rng.random() < share else number.group()

        return _NUMBER.sub(change, body)

    def _change_words(self, body: str, share: float, *, names: bool) -> str:
        words = body.split(" ")
        if not any(map(_has_case, words)):
            return " ".join(self._rng.choice(self._caseless) if self._rng.random() < share else word for word in words)
        return " ".join(
            self._rng.choice(self._names) if word[:1].isupper() == names and self._rng.random() < share else word
            for word in words
        )


def _has_case(text: str) -> bool:
    """Return whether a text is in a script with capitals."""
    return text.lower() != text.upper()


def choose(pairs: Sequence[Pair], kept: Sequence[Pair]) -> tuple[list[Pair], list[Change]]:
    """Choose pairs for each change that the kept ones show too seldom, then pairs of rare kinds and rare rules.

    Returns:
        The pairs to add, and the changes that no pair shows.
    """
    related = sorted(pairs, key=lambda pair: pair.size)
    chosen: dict[int, Pair] = {}
    missing = []
    for change in list_changes():
        if not change.name.startswith(_JUDGED) or change.name.startswith(_NOT_JUDGED):
            continue
        with apply_change(change) as profile:
            count = sum(pair.shows(change, profile) for pair in (*kept, *chosen.values()))
            for pair in related if count < PAIRS_PER_CHANGE else ():
                if id(pair) not in chosen and pair.shows(change, profile):
                    chosen[id(pair)] = pair
                    count += 1
                    if count >= PAIRS_PER_CHANGE:
                        break
        if not count:
            missing.append(change)
    kinds = Counter(pair.outcome[0] for pair in (*kept, *chosen.values()))
    for pair in related:
        kind = pair.outcome[0]
        if id(pair) not in chosen and kinds[kind] < PAIRS_PER_KIND:
            chosen[id(pair)] = pair
            kinds[kind] += 1
    rules = Counter(pair.outcome for pair in (*kept, *chosen.values()))
    by_rule = defaultdict(list)
    for pair in related:
        if id(pair) not in chosen:
            by_rule[pair.outcome].append(pair)
    while len(kept) + len(chosen) < PAIR_COUNT and any(by_rule.values()):
        rule = min((rule for rule in by_rule if by_rule[rule]), key=lambda one: (rules[one], repr(one)))
        pair = by_rule[rule].pop(len(by_rule[rule]) // 3)
        chosen[id(pair)] = pair
        rules[rule] += 1
    return list(chosen.values()), missing


def _make_pairs(documents: Sequence[tuple[Document, Document]]) -> list[Pair]:
    sketches = sign([one for pair in documents for one in pair], Profile())
    return [Pair(a, b, (sketches[2 * at], sketches[2 * at + 1])) for at, (a, b) in enumerate(documents)]


def main() -> None:
    """Add pairs to the files, and print what they do not show."""
    kept = list({(a.id, b.id): (a, b) for a, b in read_pairs() if not a.id.startswith("pair-")}.values())
    chosen, missing = choose(_make_pairs(list(Editor(_SEED).make_pairs(_DRAWS))), _make_pairs(kept))
    documents = []
    lines = [f"{a.id}\t{b.id}" for a, b in kept]
    for number, pair in enumerate(chosen):
        a, b = replace(pair.a, id=f"pair-{number:03}-a"), replace(pair.b, id=f"pair-{number:03}-b")
        documents += [a, b]
        lines.append(f"{a.id}\t{b.id}")
    PAIRS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [{**asdict(one), "published_at": one.published_at and one.published_at.isoformat()} for one in documents]
    text = "".join(
        json.dumps({key: value for key, value in row.items() if value}, ensure_ascii=False) + "\n" for row in rows
    )
    PAIR_DOCUMENTS.write_text(text, encoding="utf-8")
    print(f"{len(lines)} pairs, {len(chosen)} of them new; no pair shows", *map(str, missing), sep="\n")


if __name__ == "__main__":
    main()
