"""Coordinates of an SDL document (`Type`, `Type.field`, `Type.field.argument`, `Enum.VALUE`), and pruning by them."""

from typing import Any, cast

from graphql import (
    REMOVE,
    DocumentNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    Node,
    OperationTypeDefinitionNode,
    TypeDefinitionNode,
    Visitor,
    visit,
)

NAMED = (TypeDefinitionNode, FieldDefinitionNode, InputValueDefinitionNode, EnumValueDefinitionNode)


def list_coordinates(document: DocumentNode) -> frozenset[str]:
    """Return the coordinates of all definitions in a document."""
    walk = _Walk(frozenset())
    visit(document, walk)
    return frozenset(walk.seen)


def prune(document: DocumentNode, pieces: frozenset[str]) -> DocumentNode:
    """Copy a document without these pieces; a root operation goes with its type."""
    return cast("DocumentNode", visit(document, _Walk(pieces)))


class _Walk(Visitor):
    """Holds the path of names to the definition being visited."""

    def __init__(self, unwanted: frozenset[str]) -> None:
        super().__init__()
        self.unwanted = unwanted
        self.path: list[str] = []
        self.seen: set[str] = set()

    def enter(self, node: Node, *_: Any) -> Any:
        if isinstance(node, OperationTypeDefinitionNode) and node.type.name.value in self.unwanted:
            return REMOVE
        if isinstance(node, NAMED):
            piece = ".".join([*self.path, node.name.value])
            self.seen.add(piece)
            if piece in self.unwanted:
                return REMOVE
            self.path.append(node.name.value)
        return None

    def leave(self, node: Node, *_: Any) -> None:
        if isinstance(node, NAMED):
            self.path.pop()
