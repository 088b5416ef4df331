"""Extraction: from the bytes of a page to its paragraphs and fields."""

from __future__ import annotations

from pipeline.extract.chain import extract

__all__ = ["extract"]
