"""``make mutate``: move every threshold by a step down and up; nine of ten changes must alter a golden output.

A change that alters none shows that nothing guards the threshold: add a pair (``choose_pairs``) or a scenario, or
remove the rule.
"""

from __future__ import annotations

import sys

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.sign import sign
from tests.golden.records import compare_pairs, digest_sketch, read_documents
from tests.golden.scenarios import make_scenario_record
from tests.golden.thresholds import find_survivors, list_changes

MIN_CAUGHT_PERCENT = 90


def evaluate(profile: Profile) -> object:
    """Return all outputs that the golden files have, under a profile."""
    documents = read_documents()
    folded = deduplicate(documents, profile)
    sketches = [digest_sketch(sketch) for sketch in sign(documents, profile)]
    edges = [(edge.a, edge.b, edge.rule) for edge in folded.edges]
    return compare_pairs(profile), make_scenario_record(profile), edges, folded.assignments, sketches


def main() -> None:
    """Print the changes that no golden output shows, and fail if they are too many."""
    changes = list_changes()
    survivors = find_survivors(changes, evaluate)
    caught = len(changes) - len(survivors)
    print(*(f"survives: {change}" for change in survivors), sep="\n")
    print(f"{caught} of {len(changes)} changes alter a golden output.")
    if 100 * caught < MIN_CAUGHT_PERCENT * len(changes):
        sys.exit(f"Fewer than {MIN_CAUGHT_PERCENT} of 100 are caught.")


if __name__ == "__main__":
    main()
