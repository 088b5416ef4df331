"""Folding of one wire's articles as soon as they are clean, so that they do not wait for the other wires of the run.

The stages sign, match and fold run on these articles alone. That gives the same stories as all articles at once: an
edge depends on two documents, and a partition on the edges, not on the order in which articles arrive. Copy that
arrives late joins its story then. The tasks sign, match and fold of the run come after the last wire. They complete
what was left out here, and the ledger counts after them, so its sums do not depend on this module.
"""

from __future__ import annotations

from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs.wire_run import WireRun
from copydesk.pipeline.store.articles import list_wire_articles
from copydesk.pipeline.store.profiles import lock_live_profile


def fold_wire(settings: Settings, wire_run: WireRun) -> dict[str, int]:
    """Add a wire's clean articles to stories of the live profile; calling it again changes nothing.

    Each stage is a transaction of its own, as in the tasks: other transactions must see the sketches before they match.

    Returns:
        The number of changes to stories, by kind.

    Raises:
        RunawayStory: A story would grow beyond its limit; nothing is folded.
        RunawayWire: A guard stops implausible merges; nothing is folded.
        Transient: The connection to the database was lost.
    """
    from copydesk.pipeline.incremental.fold import FoldCounts, fold_articles
    from copydesk.pipeline.incremental.match import match_articles
    from copydesk.pipeline.incremental.sign import sign_articles

    with transaction(settings) as connection:
        articles = list_wire_articles(connection, wire_run.run_key, wire_run.wire, wire_run.cleaner)
        if not articles:
            return FoldCounts().to_dict()
        sign_articles(connection, articles, lock_live_profile(connection))
    with transaction(settings) as connection:
        match_articles(connection, articles, lock_live_profile(connection))
    with transaction(settings) as connection:
        return fold_articles(connection, articles, lock_live_profile(connection)).to_dict()
