"""Golden files: the articles of the page fixtures, and the stories of a fixed set of documents.

They stand in for a digest of the source code: a change that keeps every output needs nothing, and a change of an output
requires a new version, by which stored results are keyed. ``make golden`` updates them.
"""
