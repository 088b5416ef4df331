"""Golden files: what the page fixtures are parsed to, and what a fixed set of documents is folded to.

They stand in for a digest of the source code: a change that keeps every output needs nothing, and a change of an
output has to raise the version that stored results are keyed by. ``make golden`` writes them again.
"""
