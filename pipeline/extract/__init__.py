"""Extraction: a page's bytes to its paragraphs and fields (``chain``), in processes of its own (``sandbox``)."""
