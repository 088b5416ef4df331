"""A paragraph of a page, with what the markup says about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Block:
    """One paragraph as the page prints it."""

    text: str
    """Normalized text, on one line."""
    tag: str
    """Name of the element that opened the block."""
    linked_chars: int
    """Number of its characters inside links, without blanks."""
    ancestor_ids: tuple[int, ...]
    """Identities of the elements around the text, outermost first; the block's own element is the last."""
    ancestor_names: tuple[str, ...]
    """Tag and class words of each of these elements, in the same order."""
    ancestor_zones: tuple[tuple[int, str], ...]
    """(identity, zone) of those of these elements that are a zone, outermost first."""
    class_words: str
    """Words of the class and id of the block's element and of the two around it."""
    pieces: tuple[str, ...] = ()
    """The texts of its nodes, as they are, if it is short and has several: styles may set them apart."""
    zone: str = ""
    """Part of the page that the block is in (``caption``, ``related``, ...); empty if none."""

    @property
    def link_share(self) -> float:
        """Return the share of the text that is inside links, 0 to 1."""
        return min(1.0, self.linked_chars / max(1, len(self.text) - self.text.count(" ")))
