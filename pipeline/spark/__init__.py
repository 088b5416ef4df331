"""Deduplication on Apache Spark: the pure stages of ``sign``, ``match`` and ``fold``, distributed.

Only this package imports pyspark. Everything that decides anything is a function of other packages, called in Spark's
Python workers; this package moves rows.
"""
