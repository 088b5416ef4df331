"""Candidates and their exact verification: which documents are alike, and how."""

from pipeline.match.memory import find_candidates
from pipeline.match.repeats import Verifier
from pipeline.match.tables import MatchCounts, match_articles
from pipeline.match.verify import is_kept, is_within, verify

__all__ = ["MatchCounts", "Verifier", "find_candidates", "is_kept", "is_within", "match_articles", "verify"]
