"""Extraction: turn a page's bytes into its paragraphs and fields.

``extraction`` runs the steps in order. The stage is pure; ``process.sandbox`` runs it in processes of its own.
"""
