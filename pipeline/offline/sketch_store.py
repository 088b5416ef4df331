"""Sketches in temporary files: the part that is looked up and the part that is compared, each read when needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.dedup_records import Features, Sketch
from copydesk.pipeline.match import KeyTable, LowBits

UNKNOWN_TIME = np.iinfo(np.int64).min
"""Value of ``time`` in a header for an unknown time; others are microseconds since the epoch."""

_ARRAYS = (
    "shingles",
    "title",
    "lead",
    "numbers",
    "names",
    "opening",
    "place",
    "agencies",
    "vocabulary",
    "id",
    "notice",
)
"""The parts of a record, in their order; the first eight are uint64, the ninth is uint32, the last two are UTF-8."""

_WORD_ARRAYS = 8
_ITEM_BYTES = np.array([8] * _WORD_ARRAYS + [4, 1, 1])

HEADER = np.dtype(
    [
        ("record_at", "<i8"), ("record_bytes", "<i8"), ("lookup_at", "<i8"), ("sizes", "<i4", (len(_ARRAYS),)),
        ("keys", "<i4"), ("item_keys", "<i4"), ("time", "<i8"), ("content_hash", "<u8"), ("text_hash", "<u8"),
        ("title_hash", "<u8"), ("word_count", "<i4"), ("is_headline_only", "?"), ("is_brief", "?"), ("is_digest", "?"),
    ]
)  # fmt: skip
"""What is in memory of each document, 137 bytes: where its parts are, their sizes, and the plain values."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_READ_BYTES = 8_000_000
"""Neighbouring records that are read at once."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedSketches:
    """Sketches as bytes, as they are sent between processes and written to files."""

    header: npt.NDArray[np.void]
    """``HEADER``[documents]; places are relative to the two byte strings."""

    records: bytes
    """What ``verify`` reads of each document."""

    lookups: bytes
    """What candidates are found by: keys and item keys (int64), and the lowest 16 bits of each shingle."""

    ids: list[str]
    """The id of each document."""


def pack_sketches(sketches: Sequence[Sketch]) -> PackedSketches:
    """Return sketches as bytes, without their MinHash values."""
    header = np.zeros(len(sketches), dtype=HEADER)
    records: list[Any] = []  # arrays and bytes, which both are buffers
    lookups: list[Any] = []
    sizes = []
    for sketch in sketches:
        features = sketch.features
        arrays = (
            sketch.shingles, features.title, features.lead, features.numbers, features.names, features.opening,
            features.place, features.agencies, features.vocabulary,
        )  # fmt: skip
        texts = sketch.id.encode("utf-8", "surrogatepass"), features.notice.encode("utf-8", "surrogatepass")
        records += arrays
        records += texts
        sizes.append((*(array.size for array in arrays), *map(len, texts)))
        lookups += (sketch.keys, sketch.item_keys, sketch.shingles.view(np.uint16)[::4].copy())
    header["sizes"] = np.array(sizes, dtype=np.int32).reshape(-1, len(_ARRAYS))
    header["keys"] = [sketch.keys.size for sketch in sketches]
    header["item_keys"] = [sketch.item_keys.size for sketch in sketches]
    header["time"] = [
        UNKNOWN_TIME if sketch.published_at is None else (sketch.published_at - _EPOCH) // _MICROSECOND
        for sketch in sketches
    ]
    header["content_hash"] = np.array([sketch.content_hash for sketch in sketches], dtype=np.uint64)
    for name in ("text_hash", "title_hash"):
        header[name] = np.array([getattr(sketch.features, name) for sketch in sketches], dtype=np.uint64)
    for name in ("word_count", "is_headline_only", "is_brief", "is_digest"):
        header[name] = [getattr(sketch.features, name) for sketch in sketches]
    header["record_bytes"] = header["sizes"] @ _ITEM_BYTES
    header["record_at"] = np.cumsum(header["record_bytes"]) - header["record_bytes"]
    lookup_bytes = _count_lookup_bytes(header)
    header["lookup_at"] = np.cumsum(lookup_bytes) - lookup_bytes
    return PackedSketches(header, b"".join(records), b"".join(lookups), [sketch.id for sketch in sketches])


class SketchWriter:
    """Writes packed sketches to the files of a folder.

    Attributes:
        ids: The id of each document.
    """

    def __init__(self, folder: Path) -> None:
        self.ids: list[str] = []
        self._folder = folder
        self._headers = [np.empty(0, dtype=HEADER)]
        self._records = (folder / "records").open("wb")
        self._lookups = (folder / "lookups").open("wb")

    def append(self, packed: PackedSketches) -> None:
        """Append sketches."""
        header = packed.header.copy()
        header["record_at"] += self._records.tell()
        header["lookup_at"] += self._lookups.tell()
        self._records.write(packed.records)
        self._lookups.write(packed.lookups)
        self._headers.append(header)
        self.ids += packed.ids

    def finish(self) -> None:
        """Write what is left, so that ``SketchStore`` can read it."""
        self._records.close()
        self._lookups.close()
        with (self._folder / "header.npy").open("wb") as file:
            np.save(file, np.concatenate(self._headers))
        self._headers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._records.close()
        self._lookups.close()


class SketchStore:
    """Reads sketches from the files of a folder, in any order; documents are numbered in the order of writing.

    Attributes:
        header: ``HEADER``[documents].
    """

    def __init__(self, folder: Path) -> None:
        self.header: npt.NDArray[np.void] = np.load(folder / "header.npy", mmap_mode="r").view(np.ndarray)
        self._records = (folder / "records").open("rb", buffering=0)
        self._lookups = (folder / "lookups").open("rb", buffering=0)

    def read_sketch(self, number: int) -> Sketch:
        """Return one document's sketch without MinHash values and keys."""
        row = self.header[number]
        data = os.pread(self._records.fileno(), int(row["record_bytes"]), int(row["record_at"]))
        sizes = row["sizes"].tolist()
        words_end = 8 * sum(sizes[:_WORD_ARRAYS])
        vocabulary_end = words_end + 4 * sizes[_WORD_ARRAYS]
        words = np.frombuffer(data, dtype="<u8", count=words_end // 8)
        ends = [0]
        for size in sizes[:_WORD_ARRAYS]:
            ends.append(ends[-1] + size)
        shingles, title, lead, numbers, names, opening, place, agencies = (
            words[start:end] for start, end in pairwise(ends)
        )
        id_end = vocabulary_end + sizes[-2]
        _, _, _, _, _, _, time, content_hash, text_hash, title_hash, word_count, headline_only, brief, digest = (
            row.item()
        )
        features = Features(
            word_count=word_count,
            text_hash=text_hash,
            title_hash=title_hash,
            title=title,
            lead=lead,
            numbers=numbers,
            names=names,
            vocabulary=np.frombuffer(data, dtype="<u4", count=sizes[_WORD_ARRAYS], offset=words_end),
            opening=opening,
            place=place,
            agencies=agencies,
            notice=data[id_end:].decode("utf-8", "surrogatepass"),
            is_headline_only=headline_only,
            is_brief=brief,
            is_digest=digest,
        )
        return Sketch(
            data[vocabulary_end:id_end].decode("utf-8", "surrogatepass"),
            to_time(time),
            _NO_MINHASH,
            shingles,
            _NO_KEYS,
            _NO_KEYS,
            features,
            content_hash,
        )

    def read_lookups(self, numbers: npt.NDArray[np.int64]) -> tuple[KeyTable, LowBits]:
        """Return what candidates are found by, of these documents, in this order."""
        header = self.header[numbers]
        key_counts = header["keys"] + header["item_keys"]
        keys, bits = [np.empty(0, np.int64)], [np.empty(0, np.uint16)]
        for data, count in zip(self._read_pieces(header), key_counts.tolist(), strict=True):
            keys.append(np.frombuffer(data, dtype="<i8", count=count))
            bits.append(np.frombuffer(data, dtype="<u2", offset=8 * count))
        kinds = np.stack([header["keys"], header["item_keys"]], axis=1).ravel()
        times = np.where(header["time"] == UNKNOWN_TIME, np.nan, header["time"] / 1e6)
        table = KeyTable(
            keys=np.concatenate(keys),
            owners=np.repeat(np.arange(numbers.size), key_counts),
            is_item_key=np.repeat(np.arange(kinds.size) % 2 == 1, kinds),
            times=times,
            title_hashes=header["title_hash"],
            is_brief=header["is_brief"],
        )
        starts = np.concatenate(([0], np.cumsum(header["sizes"][:, 0], dtype=np.int64)))
        return table, LowBits(np.concatenate(bits), starts, header["is_headline_only"], header["is_digest"])

    def _read_pieces(self, header: npt.NDArray[np.void]) -> list[memoryview]:
        """Read the lookup bytes of these documents; those of neighbours at once."""
        starts = header["lookup_at"].astype(np.int64)
        ends = starts + _count_lookup_bytes(header)
        breaks = np.flatnonzero(starts[1:] != ends[:-1]) + 1
        pieces: list[memoryview] = []
        for begin, last in pairwise([0, *breaks.tolist(), starts.size] if starts.size else [0]):
            first = begin
            while first < last:
                stop = int(np.searchsorted(ends[first:last], starts[first] + _MAX_READ_BYTES, side="right")) + first
                stop = max(stop, first + 1)
                data = memoryview(_read_at(self._lookups, int(starts[first]), int(ends[stop - 1] - starts[first])))
                offsets = (starts[first:stop] - starts[first]).tolist()
                pieces += [data[start:end] for start, end in pairwise([*offsets, len(data)])]
                first = stop
        return pieces

    def close(self) -> None:
        """Close the files."""
        self._records.close()
        self._lookups.close()


def to_time(microseconds: int) -> datetime | None:
    """Return the time of a header."""
    return None if microseconds == UNKNOWN_TIME else _EPOCH + timedelta(microseconds=microseconds)


def _count_lookup_bytes(header: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
    sizes: npt.NDArray[np.int64] = header["sizes"][:, 0].astype(np.int64)
    key_counts: npt.NDArray[np.int64] = header["keys"].astype(np.int64) + header["item_keys"]
    return 8 * key_counts + 2 * sizes


def _read_at(file: BinaryIO, start: int, size: int) -> bytes:
    return os.pread(file.fileno(), size, start)


_NO_MINHASH = np.empty(0, dtype=np.uint32)
_NO_KEYS = np.empty(0, dtype=np.int64)
