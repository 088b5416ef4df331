"""Find runs of combining marks in long texts, with numpy."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

_TABLE_CODE_LIMIT = 0x20000
"""No combining mark has this code point or a higher one."""


@cache
def _load_marks() -> npt.NDArray[np.bool_]:
    """Return which code points are combining marks: bool[_TABLE_CODE_LIMIT + 1], the last one for all that follow."""
    return np.array([*(unicodedata.combining(chr(code)) > 0 for code in range(_TABLE_CODE_LIMIT)), False])


def drop_surplus_marks(text: str, max_marks: int) -> str:
    """Return the text without the combining marks after the first ``max_marks`` of each letter."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    marks = _load_marks()[np.minimum(codes, _TABLE_CODE_LIMIT)]
    if np.count_nonzero(marks) <= max_marks:
        return text
    at = np.arange(codes.size)
    kept = at - np.maximum.accumulate(np.where(marks, -1, at)) <= max_marks
    return text if kept.all() else codes[kept].tobytes().decode("utf-32-le", "surrogatepass")
