"""Documents to sketches: what is compared instead of the texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import xxhash

from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Document, Features, Sketch
from copydesk.pipeline.sign.digest_items import find_items
from copydesk.pipeline.sign.keys import SURE, draw_item_keys, draw_keys
from copydesk.pipeline.sign.minhash import SCHEME, fold_hashes, sign_hashes
from copydesk.pipeline.sign.shingles import roll_shingles, sort_distinct, sort_numbered
from copydesk.pipeline.sign.title_prefixes import split_title
from copydesk.pipeline.sign.words import NAME, NUMBER, WordBatch, read_words

BATCH = 1_000
"""Documents signed at once: large enough for numpy, small enough for the processor's cache."""

LEAD_WORDS = 40

SLIGHT_WORDS = 40
"""A body of fewer words leads no story that has a longer copy."""

FLASH_WORDS = 25
"""A body of more words is no flash, whatever its title."""

_APART = re.compile(r"[/,;&+]| and | und | et | y ")

_Rows = list[npt.NDArray[np.uint64]]


def sign(documents: Sequence[Document], profile: Profile) -> list[Sketch]:
    """One sketch a document, in the documents' order; pure: a sketch depends on its document and the profile alone.

    The shingles are those of the body; a body shorter than one shingle is taken together with its title. A text too
    short to draw keys from (``sign.keys``) has its shingles for keys, or where there are none the hash of its
    words; one without any words has no key.

    Raises:
        BadSettings: the profile asks for a scheme or hash that this version does not know.
    """
    if profile.scheme != SCHEME or profile.hash != "poly64" or profile.normaliser != 2:
        raise BadSettings(
            f"Profile {profile.profile_id} asks for what this version can't sign with.",
            f"Use scheme {SCHEME}, hash poly64 and normaliser 2.",
        )
    return [
        sketch
        for first in range(0, len(documents), BATCH)
        for sketch in _sign_batch(documents[first : first + BATCH], profile)
    ]


def sign_texts(texts: Sequence[str], profile: Profile) -> npt.NDArray[np.uint32]:
    """The MinHash values of texts and nothing else: uint32[texts, num_perm], rows for ``as_datasketch``.

    Equal to the ``minhash`` of a document with such a body of at least ``profile.shingle`` words.
    """
    rows = [np.empty((0, profile.num_perm), dtype=np.uint32)]
    for first in range(0, len(texts), BATCH):
        batch = read_words(texts[first : first + BATCH])
        shingles, starts = roll_shingles(batch.hashes, batch.starts[:-1], batch.starts[1:], profile.shingle)
        rows.append(sign_hashes(fold_hashes(shingles), starts, profile.num_perm, profile.seed))
    return np.concatenate(rows)


def _sign_batch(documents: Sequence[Document], profile: Profile) -> Iterator[Sketch]:
    titles = [split_title(document.title) for document in documents]
    # Title and body lie side by side: text 2i is the title of document i, text 2i + 1 its body.
    batch = read_words(
        text for (_, title), document in zip(titles, documents, strict=True) for text in (title, document.body)
    )
    edges = batch.starts[::2]
    begins, ends = batch.starts[1::2], edges[1:]
    short = ends - begins < profile.shingle
    read_from = np.where(short, edges[:-1], begins)
    shingles, starts = sort_distinct(*roll_shingles(batch.hashes, read_from, ends, profile.shingle))
    drawn = draw_keys(batch, read_from, ends, profile)
    opening_ends = np.minimum(ends, read_from + min(profile.lead_keys, default=(0, 0))[0])
    openings, opening_starts = sort_distinct(*roll_shingles(batch.hashes, read_from, opening_ends, profile.shingle))
    minhashes = sign_hashes(fold_hashes(shingles), starts, profile.num_perm, profile.seed)
    title_rows = _pick(batch, edges[:-1], begins, distinct=True)
    lead_rows = _pick(batch, begins, np.minimum(ends, begins + LEAD_WORDS))
    number_rows = _pick(batch, begins, ends, mark=NUMBER)
    name_rows = _pick(batch, begins, ends, mark=NAME, distinct=True)
    places = read_words(_find_place(document.dateline) for document in documents)
    place_rows = _pick(places, places.starts[:-1], places.starts[1:], distinct=True)
    agencies = _name_agencies([document.agency for document in documents])
    for row, document in enumerate(documents):
        own = shingles[starts[row] : starts[row + 1]].copy()
        text_hash = _hash_words(batch.hashes[edges[row] : ends[row]])
        items = find_items(document.body)
        keys = drawn[row]
        if not keys.size and ends[row] > edges[row]:
            spare = own[: profile.keys // 2] if own.size else np.array([text_hash], dtype=np.uint64)
            keys = np.unique(np.concatenate([spare | SURE, spare & ~SURE])).view(np.int64)
        words = int(ends[row] - begins[row])
        notice = document.notice or titles[row][0]
        bare = notice in WITHDRAWAL_NOTICES or _is_flash(words, title_rows[row], lead_rows[row])
        features = Features(
            word_count=words,
            text_hash=text_hash,
            title_hash=_hash_words(batch.hashes[edges[row] : begins[row]]) if begins[row] > edges[row] else 0,
            title=title_rows[row],
            lead=lead_rows[row],
            numbers=number_rows[row],
            names=name_rows[row],
            notice=notice,
            is_headline_only=bare,
            is_brief=bare or words < SLIGHT_WORDS,
            is_digest=bool(items),
            opening=openings[opening_starts[row] : opening_starts[row + 1]].copy(),
            place=place_rows[row],
            agencies=agencies[row],
        )
        item_keys = np.setdiff1d(draw_item_keys(items, profile), keys, assume_unique=True)
        yield Sketch(document.id, document.published_at, minhashes[row].copy(), own, keys, item_keys, features)


def _pick(
    batch: WordBatch,
    begins: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    *,
    mark: int = 0,
    distinct: bool = False,
) -> _Rows:
    """Of each text from begin to end the words that bear the mark (0: all), sorted, with or without doubles."""
    counts = ends - begins
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    at = np.arange(starts[-1]) + np.repeat(begins - starts[:-1], counts)
    hashes = batch.hashes[at]
    if mark:
        marked = (batch.marks[at] & mark) != 0
        starts = np.concatenate(([0], np.cumsum(marked)))[starts].astype(np.int64)
        hashes = hashes[marked]
    hashes, starts = (sort_distinct if distinct else sort_numbered)(hashes, starts)
    return [hashes[start:end].copy() for start, end in pairwise(starts.tolist())]


def _is_flash(words: int, title: npt.NDArray[np.uint64], lead: npt.NDArray[np.uint64]) -> bool:
    """Whether a body says no more than its title: one line, four words of five the title's own."""
    if not 0 < words <= FLASH_WORDS:
        return False
    return 5 * int(np.count_nonzero(np.isin(lead, title))) >= 4 * lead.size


def _find_place(dateline: str) -> str:
    """What stands before the first comma; nothing where that may be a date ("March 1, 2026", "2 mars")."""
    place = dateline.partition(",")[0]
    return "" if any(map(str.isdigit, place)) else place


def _name_agencies(given: Sequence[str]) -> _Rows:
    """Of each document the names of its agencies ("AFP/Reuters" are two), whatever their case, each as one hash."""
    names = [[name for name in _APART.split(text) if not name.isspace() and name] for text in given]
    batch = read_words(name for some in names for name in some)
    hashes = [_hash_words(batch.hashes[start:end]) for start, end in pairwise(batch.starts.tolist())]
    found, at = [], 0
    for some in names:
        found.append(np.unique(np.array(hashes[at : at + len(some)], dtype=np.uint64)))
        at += len(some)
    return found


def _hash_words(words: npt.NDArray[np.uint64]) -> int:
    return xxhash.xxh3_64_intdigest(np.ascontiguousarray(words).data)
