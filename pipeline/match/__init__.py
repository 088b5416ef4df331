"""Candidate pairs and their exact verification: which documents are related, and how."""

from copydesk.pipeline.match.batch_verify import Verifier
from copydesk.pipeline.match.candidate_pairs import KeyTable, find_candidates, iterate_candidates
from copydesk.pipeline.match.prefilter import LowBits
from copydesk.pipeline.match.surplus_copies import find_first_copies
from copydesk.pipeline.match.verify import is_within_window, is_worth_storing, verify

__all__ = [
    "KeyTable",
    "LowBits",
    "Verifier",
    "find_candidates",
    "find_first_copies",
    "is_within_window",
    "is_worth_storing",
    "iterate_candidates",
    "verify",
]
