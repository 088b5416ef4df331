"""Candidate pairs and their exact verification: which documents are related, and how."""

from copydesk.pipeline.match.batch_verify import Verifier
from copydesk.pipeline.match.candidate_pairs import find_candidates
from copydesk.pipeline.match.verify import is_within_window, is_worth_storing, verify

__all__ = ["Verifier", "find_candidates", "is_within_window", "is_worth_storing", "verify"]
