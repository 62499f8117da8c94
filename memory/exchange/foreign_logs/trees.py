"""A talk whose messages name what they answer, as a tree of which some nodes are taken in and the others are joined over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from memory.exchange.foreign_logs.talk import Said


@dataclass(frozen=True, slots=True)
class Node:
    """`said` is `None` where nothing was said that is taken in."""

    id: str
    parent_id: str | None
    said: Said | None = None


def grown(nodes: Iterable[Node], head_id: str | None) -> tuple[Sequence[Said], str | None]:
    """What was said, parents first, each answering the nearest above it that is taken in; and the head, found so too."""
    by_id = {node.id: node for node in nodes}
    said: dict[str, Said] = {}
    for id in _parents_first(by_id):
        if (one := by_id[id].said) is not None:
            said[id] = replace(one, id=id, parent_id=_nearest(by_id, by_id[id].parent_id, said))
    return list(said.values()), _nearest(by_id, head_id, said)


def _parents_first(nodes: Mapping[str, Node]) -> list[str]:
    """Each node after its parent; one in a circle, or whose parent is not there, as if it were a root."""
    order: dict[str, None] = {}
    for name in nodes:
        path: dict[str, None] = {}
        current: str | None = name
        while current is not None and current in nodes and current not in order and current not in path:
            path[current] = None
            current = nodes[current].parent_id
        order |= dict.fromkeys(reversed(path))
    return list(order)


def _nearest(nodes: Mapping[str, Node], name: str | None, said: Mapping[str, Said]) -> str | None:
    """The node itself, or the nearest above it, that is taken in."""
    seen: set[str] = set()
    while name is not None and name in nodes and name not in said and name not in seen:
        seen.add(name)
        name = nodes[name].parent_id
    return name if name in said else None
