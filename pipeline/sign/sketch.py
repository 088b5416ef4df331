"""Documents become sketches, which are compared instead of the texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import xxhash

from copydesk.pipeline.core.dedup_records import Features, Sketch
from copydesk.pipeline.core.errors import BadProfile
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Document
from copydesk.pipeline.sign.content_hash import hash_content
from copydesk.pipeline.sign.digest_items import split_digest_items
from copydesk.pipeline.sign.digraphs import unify_digraphs
from copydesk.pipeline.sign.keys import HIGH_VALUE_BIT, select_item_keys, select_keys
from copydesk.pipeline.sign.long_texts import group_by_size, hash_whole_text, is_too_long, sample_hashes
from copydesk.pipeline.sign.minhash import EMPTY_HASH_VALUE, SCHEME, compute_minhashes, truncate_hashes
from copydesk.pipeline.sign.shingles import compute_offsets, hash_shingles, sort_unique, sort_with_multiplicity
from copydesk.pipeline.sign.title_prefixes import split_desk_marks
from copydesk.pipeline.sign.words import NAME_MARK, NUMBER_MARK, WordBatch, hash_words

BATCH_DOCUMENTS = 1_000
"""Documents that are signed at once: enough for numpy, few enough for the processor's cache."""

LEAD_WORDS = 40
"""Words of ``Features.lead``: about the first paragraph."""

MIN_FULL_TEXT_WORDS = 40
"""A document with a shorter body is a brief, which never represents a story that has a longer copy."""

MAX_FLASH_WORDS = 25
"""A document with a longer body is not a flash, whatever its title."""

_FLASH_TITLE_PERCENT = 80
"""Words of a flash that are in its title, as a percentage."""

_MAX_SOURCE_WORDS = 4
"""Words that name who says it: "the coast guard said", "teilte die Polizei mit"."""

_HASH = "poly64"
_NORMALIZER = 6

_NO_HASHES = np.empty(0, dtype=np.uint64)

_AGENCY_SEPARATOR = re.compile(r"[/,;&+]| and | und | et | y ")

_HashRows = list[npt.NDArray[np.uint64]]


def sign(documents: Sequence[Document], profile: Profile, *, with_minhash: bool = True) -> list[Sketch]:
    """Compute the sketches of documents. A sketch depends only on its document and the profile.

    The shingles are those of the body. A body that is shorter than one shingle is taken together with its title. A
    text that is too short for keys (``sign.keys``) has its shingles as keys, or the hash of its words if it is too
    short for a shingle. A text without any words has no keys. Of a long text, a sketch contains a sample, and of one
    that is too long a hash of the whole (``sign.long_texts``).

    Args:
        documents: the documents.
        profile: with the parameters.
        with_minhash: compute the MinHash values too. No rule reads them; without them, ``Sketch.minhash`` is empty.

    Returns:
        One sketch per document, in the same order.

    Raises:
        BadProfile: the profile has a scheme, hash or normalizer that this version does not support.
    """
    if (profile.scheme, profile.hash, profile.normalizer) != (SCHEME, _HASH, _NORMALIZER):
        raise BadProfile(
            f"This version cannot sign with profile {profile.profile_id}.",
            f"Use scheme {SCHEME}, hash {_HASH} and normalizer {_NORMALIZER}.",
        )
    return [
        sketch
        for batch in group_by_size(documents, BATCH_DOCUMENTS)
        for sketch in _sign_batch(batch, profile, with_minhash=with_minhash)
    ]


def sign_texts(texts: Sequence[str], profile: Profile) -> npt.NDArray[np.uint32]:
    """Compute only the MinHash values of texts.

    Returns:
        uint32[texts, num_perm], rows for ``as_datasketch``. A row equals the ``minhash`` of a document with this body,
        if that has at least ``profile.shingle`` words.
    """
    rows = [np.empty((0, profile.num_perm), dtype=np.uint32)]
    for first in range(0, len(texts), BATCH_DOCUMENTS):
        batch = hash_words(texts[first : first + BATCH_DOCUMENTS])
        shingles, starts = hash_shingles(batch.hashes, batch.starts[:-1], batch.starts[1:], profile.shingle)
        rows.append(compute_minhashes(truncate_hashes(shingles), starts, profile.num_perm, profile.seed))
    return np.concatenate(rows)


def _sign_batch(documents: Sequence[Document], profile: Profile, *, with_minhash: bool) -> Iterator[Sketch]:
    """Sign documents with numpy calls over the whole batch."""
    notices_and_titles = [split_desk_marks(document.title, document.notice) for document in documents]
    # Titles and bodies alternate: text 2i is the title of document i, text 2i + 1 is its body.
    batch = hash_words(
        text
        for (_, title), document in zip(notices_and_titles, documents, strict=True)
        for text in (unify_digraphs(title, document.body), "" if is_too_long(document) else document.body)
    )
    title_starts, body_starts, body_ends = batch.starts[:-1:2], batch.starts[1::2], batch.starts[2::2]
    is_short = body_ends - body_starts < profile.shingle
    text_starts = np.where(is_short, title_starts, body_starts)
    shingles, starts = sort_unique(*hash_shingles(batch.hashes, text_starts, body_ends, profile.shingle))
    keys = select_keys(batch, text_starts, body_ends, profile)
    opening_ends = np.minimum(body_ends, text_starts + min(profile.lead_keys, default=(0, 0))[0])
    openings, opening_starts = sort_unique(*hash_shingles(batch.hashes, text_starts, opening_ends, profile.shingle))
    minhashes = (
        compute_minhashes(truncate_hashes(shingles), starts, profile.num_perm, profile.seed)
        if with_minhash
        else np.empty((len(documents), 0), dtype=np.uint32)
    )
    title_words = _select_words(batch, title_starts, body_starts, distinct=True)
    # A title that is alone is its own text.
    own_starts = np.where(body_ends > body_starts, body_starts, title_starts)
    lead_words = _select_words(batch, own_starts, np.minimum(body_ends, own_starts + LEAD_WORDS))
    numbers = _select_words(batch, own_starts, body_ends, mark=NUMBER_MARK)
    names = _select_words(batch, own_starts, body_ends, mark=NAME_MARK)
    vocabularies = _select_vocabulary(batch, own_starts, body_ends)
    places = hash_words(_find_place(document.dateline) for document in documents)
    place_words = _select_words(places, places.starts[:-1], places.starts[1:], distinct=True)
    agencies = _hash_agencies([document.agency for document in documents])
    # Plain numbers: each use of a numpy number takes several times as long.
    ranges = zip(title_starts.tolist(), body_starts.tolist(), body_ends.tolist(), strict=True)
    shingle_starts, first_shingles = starts.tolist(), opening_starts.tolist()
    for row, (document, (title_start, body_start, body_end)) in enumerate(zip(documents, ranges, strict=True)):
        own_shingles = sample_hashes(shingles[shingle_starts[row] : shingle_starts[row + 1]]).copy()
        text_hash = _hash_word_sequence(batch.hashes[title_start:body_end])
        own_keys = keys[row]
        if not own_keys.size and body_end > title_start:
            own_keys = _make_short_text_keys(own_shingles, text_hash, profile)
        word_count = body_end - body_start
        notice = document.notice or notices_and_titles[row][0]
        is_headline_only = notice in WITHDRAWAL_NOTICES or _is_flash(word_count, title_words[row], lead_words[row])
        items = [] if is_too_long(document) else split_digest_items(document.body)
        features = Features(
            word_count=word_count,
            text_hash=text_hash,
            title_hash=_hash_word_sequence(batch.hashes[title_start:body_start]) if body_start > title_start else 0,
            title=title_words[row],
            lead=lead_words[row],
            numbers=sample_hashes(numbers[row]),
            names=sample_hashes(names[row]),
            notice=notice,
            is_headline_only=is_headline_only,
            is_brief=is_headline_only or word_count < MIN_FULL_TEXT_WORDS,
            is_digest=bool(items),
            vocabulary=vocabularies[row],
            opening=openings[first_shingles[row] : first_shingles[row + 1]].copy(),
            place=place_words[row],
            agencies=agencies[row],
        )
        item_keys = select_item_keys(items, profile)
        if item_keys.size:
            item_keys = np.setdiff1d(item_keys, own_keys, assume_unique=True)
        sketch = Sketch(
            id=document.id,
            published_at=document.published_at,
            minhash=minhashes[row].copy(),
            shingles=own_shingles,
            keys=own_keys,
            item_keys=item_keys,
            features=features,
            content_hash=hash_content(features, own_keys, item_keys),
        )
        yield _sign_whole(sketch, document, profile) if is_too_long(document) else sketch


def _sign_whole(title_only: Sketch, document: Document, profile: Profile) -> Sketch:
    """Return the sketch of a document that is too long: no shingles, and a hash of the whole text as its key."""
    text_hash, word_count = hash_whole_text(document)
    nothing = np.empty(0, dtype=np.uint64)
    features = replace(
        title_only.features, text_hash=text_hash, word_count=word_count, opening=nothing, is_digest=False,
        is_brief=False, is_headline_only=title_only.features.notice in WITHDRAWAL_NOTICES,
    )  # fmt: skip
    keys, no_keys = _make_short_text_keys(nothing, text_hash, profile), np.empty(0, dtype=np.int64)
    return replace(
        title_only,
        minhash=np.full_like(title_only.minhash, EMPTY_HASH_VALUE),
        shingles=nothing,
        keys=keys,
        item_keys=no_keys,
        features=features,
        content_hash=hash_content(features, keys, no_keys),
    )


def _make_short_text_keys(shingles: npt.NDArray[np.uint64], text_hash: int, profile: Profile) -> npt.NDArray[np.int64]:
    """Make keys of a text that has words but no word run: each hash with and without its ``HIGH_VALUE_BIT``."""
    hashes = shingles[: profile.keys // 2] if shingles.size else np.array([text_hash], dtype=np.uint64)
    return np.unique(np.concatenate([hashes | HIGH_VALUE_BIT, hashes & ~HIGH_VALUE_BIT])).view(np.int64)


def _select_words(
    batch: WordBatch,
    begins: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    *,
    mark: int = 0,
    distinct: bool = False,
) -> _HashRows:
    """Select word hashes of every text of a batch.

    Args:
        batch: the words.
        begins, ends: int64[texts], the half-open range of each text in the batch.
        mark: select only the words with this mark; 0 for all.
        distinct: drop duplicates; otherwise the n-th occurrence of a word is kept apart (``sort_with_multiplicity``).

    Returns:
        For each text uint64, sorted.
    """
    counts = ends - begins
    starts = compute_offsets(counts)
    at = np.arange(starts[-1]) + np.repeat(begins - starts[:-1], counts)
    hashes = batch.hashes[at]
    if mark:
        is_marked = (batch.marks[at] & mark) != 0
        starts = np.concatenate(([0], np.cumsum(is_marked)))[starts].astype(np.int64)
        hashes = hashes[is_marked]
    hashes, starts = (sort_unique if distinct else sort_with_multiplicity)(hashes, starts)
    return [hashes[start:end] for start, end in pairwise(starts.tolist())]


def _select_vocabulary(
    batch: WordBatch, begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> list[npt.NDArray[np.uint32]]:
    """Select the distinct words of every text of a batch, as ``Features.vocabulary``.

    Args:
        batch: the words.
        begins, ends: int64[texts], the half-open range of each text in the batch.
    """
    counts = ends - begins
    starts = compute_offsets(counts)
    at = np.arange(starts[-1]) + np.repeat(begins - starts[:-1], counts)
    words, starts = sort_unique(batch.hashes[at] & np.uint64(0xFFFFFFFF), starts)
    low = words.astype(np.uint32)
    return [low[start:end] for start, end in pairwise(starts.tolist())]


def _is_flash(word_count: int, title: npt.NDArray[np.uint64], lead: npt.NDArray[np.uint64]) -> bool:
    """Return whether a body says no more than its title.

    It is empty, or one line: nearly all of it words of the title, or the whole title with a source ("..., police say").
    """
    if not title.size or word_count > MAX_FLASH_WORDS:
        return False
    known = int(np.count_nonzero(np.isin(lead, title)))
    has_source = lead.size - known <= _MAX_SOURCE_WORDS and bool(np.isin(title, lead).all())
    return has_source or 100 * known >= _FLASH_TITLE_PERCENT * lead.size


def _find_place(dateline: str) -> str:
    """Return what is before the first comma; empty if that may be a date ("March 1, 2026", "2 mars")."""
    place = dateline.partition(",")[0]
    return "" if any(map(str.isdigit, place)) else place


def _hash_agencies(agencies: Sequence[str]) -> _HashRows:
    """Hash the agency names of each document, whatever their case ("AFP/Reuters" are two).

    Returns:
        For each document uint64, sorted, one hash per name.
    """
    names_by_document = [
        [name for name in _AGENCY_SEPARATOR.split(text) if name and not name.isspace()] for text in agencies
    ]
    batch = hash_words(name for names in names_by_document for name in names)
    hashes = [_hash_word_sequence(batch.hashes[start:end]) for start, end in pairwise(batch.starts.tolist())]
    ends = np.cumsum([len(names) for names in names_by_document], dtype=np.int64).tolist()
    return [
        np.unique(np.array(hashes[end - len(names) : end], dtype=np.uint64)) if names else _NO_HASHES
        for names, end in zip(names_by_document, ends, strict=True)
    ]


def _hash_word_sequence(words: npt.NDArray[np.uint64]) -> int:
    """Hash words in their order (xxh3, 64 bits)."""
    return xxhash.xxh3_64_intdigest(np.ascontiguousarray(words).data)
