"""Clusters of copies, and the stories that they are to the public."""

from copydesk.pipeline.fold.cluster import MAX_MEMBERS, Node, cluster
from copydesk.pipeline.fold.origin import Basis, Copy, Origin, find_origin
from copydesk.pipeline.fold.reconcile import Changes, Event, EventKind, Story, make_story_id, reconcile

__all__ = [
    "MAX_MEMBERS",
    "Basis",
    "Changes",
    "Copy",
    "Event",
    "EventKind",
    "Node",
    "Origin",
    "Story",
    "cluster",
    "find_origin",
    "make_story_id",
    "reconcile",
]
