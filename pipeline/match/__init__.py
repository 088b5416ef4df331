"""Candidates and their exact verification: which documents are alike, and how."""

from copydesk.pipeline.match.batch_verify import Verifier
from copydesk.pipeline.match.candidate_pairs import find_candidates
from copydesk.pipeline.match.verify import is_kept, is_within, verify

__all__ = ["Verifier", "find_candidates", "is_kept", "is_within", "verify"]
