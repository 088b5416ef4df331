"""Candidates and their exact verification: which documents are alike, and how."""

from copydesk.pipeline.match.memory import find_candidates
from copydesk.pipeline.match.repeats import Verifier
from copydesk.pipeline.match.tables import MatchCounts, match_articles
from copydesk.pipeline.match.verify import is_kept, is_within, verify

__all__ = ["MatchCounts", "Verifier", "find_candidates", "is_kept", "is_within", "match_articles", "verify"]
