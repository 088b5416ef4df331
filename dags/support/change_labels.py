"""What people read for the counts of changes of `reprocess` and `refold`, in the order of the list."""

from __future__ import annotations

CHANGE_LABELS = {
    "pages": "Pages parsed",
    "refused": "Pages refused (not an article; stored articles keep their text)",
    "quarantined": "Pages quarantined (cannot be parsed; stored articles keep their text)",
    "articles": "Articles in both generations",
    "changed": "Articles changed",
    "added": "New articles",
    "moved": "Articles moving to another story",
    "joined": "Articles joining a story",
    "left": "Articles leaving a story",
    "stories_before": "Stories before",
    "stories_after": "Stories after",
    "founded": "New stories",
    "merged": "Stories merged",
    "split": "Stories split",
    "killed": "Stories withdrawn by a kill notice",
    "ended": "Story IDs that will redirect to another story",
}
"""The label of each count, with an explanation where it needs one."""
