"""Clusters of copies, and the public stories that they become."""

from copydesk.pipeline.fold.cluster import MAX_MEMBERS, Node, cluster
from copydesk.pipeline.fold.components import find_components
from copydesk.pipeline.fold.origin import Copy, Origin, OriginBasis, find_origin
from copydesk.pipeline.fold.reconcile import EventKind, Story, StoryChanges, StoryEvent, make_story_id, reconcile
from copydesk.pipeline.fold.sources import OutletSource, SourceBasis, count_sources, find_sources

__all__ = [
    "MAX_MEMBERS",
    "Copy",
    "EventKind",
    "Node",
    "Origin",
    "OriginBasis",
    "OutletSource",
    "SourceBasis",
    "Story",
    "StoryChanges",
    "StoryEvent",
    "cluster",
    "count_sources",
    "find_components",
    "find_origin",
    "find_sources",
    "make_story_id",
    "reconcile",
]
