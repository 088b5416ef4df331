"""Clusters of copies, and the stories that they are to the public."""

from pipeline.fold.cluster import MAX_MEMBERS, Node, cluster
from pipeline.fold.origin import Basis, Copy, Origin, find_origin
from pipeline.fold.stories import Changes, Event, EventKind, Story, make_story_id, reconcile
from pipeline.fold.tables import FoldCounts, fold_articles

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
