"""The edge between two documents."""

from __future__ import annotations

from copydesk.pipeline.core.dedup_records import Edge
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match import verify
from copydesk.pipeline.sign import sign

PROFILE = Profile()


def compare(one: Document, other: Document, profile: Profile = PROFILE) -> Edge:
    """Sign both documents under one profile and return the edge between them."""
    a, b = sign([one, other], profile)
    return verify(a, b, profile)
