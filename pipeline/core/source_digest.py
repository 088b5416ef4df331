"""A digest of a wire's source, by which machines verify that they see the same one."""

from __future__ import annotations

import hashlib

from copydesk.pipeline.core.source import Source

DIGEST_LENGTH = 16
"""Hexadecimal characters of a digest: enough for the versions of one file, and short in every plan."""


def compute_source_digest(source: Source) -> str:
    """Return a digest of all keys of a source as they are read, comments and the order of keys left out.

    ``enabled`` is left out too, because the settings may override it.
    """
    text = source.model_dump_json(exclude={"enabled"})
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
