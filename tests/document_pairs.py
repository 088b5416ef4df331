"""What the edge rule says of two documents."""

from __future__ import annotations

from copydesk.pipeline.core.dedup_records import Edge
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match import verify
from copydesk.pipeline.sign import sign

PROFILE = Profile()


def compare(one: Document, other: Document, profile: Profile = PROFILE) -> Edge:
    """The edge between them, both signed under one profile."""
    a, b = sign([one, other], profile)
    return verify(a, b, profile)
