"""Evidence in a feed that two URLs are different articles, although they differ only in a tracker's parameter."""

from __future__ import annotations

from collections.abc import Sequence

from copydesk.crawler.discovery.entry import Entry
from copydesk.pipeline.core.source import Identity
from copydesk.pipeline.core.urls import list_ignored_parameters


def get_label(entry: Entry) -> str:
    """Return what stands for an entry's article in its feed: its id, or its title if it has none."""
    return entry.guid or " ".join(entry.title.casefold().split())


def find_distinguishing_parameters(group: Sequence[Entry], identity: Identity) -> frozenset[str]:
    """Return the ignored parameters, in lower case, that distinguish the articles of a group.

    Parameters that sites use for articles come before trackers. One value does not count: the URL without
    the parameter is that of the same article.

    Args:
        group: Entries of one feed with the same canonical URL.
        identity: The wire's own rules.

    Returns:
        Names; empty if all entries seem to be the same article, or their parameters do not differ.
    """
    labelled = [(get_label(entry), list_ignored_parameters(entry.url, identity)) for entry in group if get_label(entry)]
    if len({label for label, _ in labelled}) < 2:
        return frozenset()
    best: frozenset[str] = frozenset()
    for values in (
        [(label, ignored.doubtful) for label, ignored in labelled],
        [(label, ignored.tracking | ignored.doubtful) for label, ignored in labelled],
    ):
        names = frozenset(
            name
            for name in {name for _, found in values for name in found}
            if len({found[name] for _, found in values if name in found}) > 1
        )
        best = names or best
        labels_by_values: dict[tuple[str | None, ...], set[str]] = {}
        for label, found in values:
            labels_by_values.setdefault(tuple(found.get(name) for name in sorted(names)), set()).add(label)
        if names and all(len(labels) == 1 for labels in labels_by_values.values()):
            return names
    return best
