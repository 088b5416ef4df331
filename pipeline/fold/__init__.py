"""Clusters of copies, and the stories that they are to the public."""

from copydesk.pipeline.fold.cluster import MAX_MEMBERS, Node, cluster
from copydesk.pipeline.fold.origin import Basis, Copy, Origin, find_origin
from copydesk.pipeline.fold.stories import Changes, Event, EventKind, Story, make_story_id, reconcile
from copydesk.pipeline.fold.tables import FoldCounts, fold_articles

__all__ = [
    "MAX_MEMBERS",
    "Basis",
    "Changes",
    "Copy",
    "Event",
    "EventKind",
    "FoldCounts",
    "Node",
    "Origin",
    "Story",
    "cluster",
    "find_origin",
    "fold_articles",
    "make_story_id",
    "reconcile",
]
