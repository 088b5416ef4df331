"""Connected components of merging edges: ``cluster`` never looks outside of one, so they can be clustered apart."""

from __future__ import annotations

from collections.abc import Iterable


def find_components(edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the connected components of a graph, as union by index with path halving (Tarjan, 1975) finds them.

    Args:
        edges: pairs of numbers of documents.

    Returns:
        The documents of each component, ascending; components in order of their first document. A document without an
        edge is in none.
    """
    parents: dict[int, int] = {}

    def find(number: int) -> int:
        while (parent := parents.setdefault(number, number)) != number:
            grandparent = parents[parent]
            parents[number] = grandparent
            number = grandparent
        return number

    for a, b in edges:
        first, second = sorted((find(a), find(b)))
        parents[second] = first
    components: dict[int, list[int]] = {}
    for number in sorted(parents):
        components.setdefault(find(number), []).append(number)
    return list(components.values())
