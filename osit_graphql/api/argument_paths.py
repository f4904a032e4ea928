"""Paths of values in a document, from a field's argument on: the `extensions.argument` of errors.

A variable has the path of its first use, so that an error has the same path inline and by variable.
"""

from collections.abc import Iterator, Sequence

from graphql import (
    ArgumentNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
)
from graphql.language import Visitor, visit

from osit_graphql.domain.user_errors import Path

EXTENSION = "argument"
VALUES = (ValueNode, ObjectFieldNode)


class _ArgumentFinder(Visitor):
    """Collects the arguments of fields and directives."""

    def __init__(self) -> None:
        super().__init__()
        self.arguments: list[ArgumentNode] = []

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        """Collect an argument."""
        self.arguments.append(node)


def locate_variable(document: DocumentNode, operation: OperationDefinitionNode, name: str) -> Path:
    """Return the path of a variable's first use in the operation, or else in a fragment."""
    fragments = (each for each in document.definitions if isinstance(each, FragmentDefinitionNode))
    for definition in (operation, *fragments):
        for path, node in _argument_values(definition):
            if isinstance(node, VariableNode) and node.name.value == name:
                return path
    return ()


def add_argument_paths(document: DocumentNode, errors: Sequence[GraphQLError]) -> None:
    """Add the path of the value to the extensions of each error that is located at one."""
    located = [(error, error.nodes[0]) for error in errors if error.nodes and isinstance(error.nodes[0], VALUES)]
    if not located:
        return
    paths: dict[int, Path] = {}
    for definition in document.definitions:
        paths |= {id(node): path for path, node in _argument_values(definition)}
        if isinstance(definition, OperationDefinitionNode):
            paths |= {id(node): path for path, node in _default_values(document, definition)}
    for error, node in located:
        if path := paths.get(id(node)):
            error.extensions = {**(error.extensions or {}), EXTENSION: list(path)}


def _argument_values(definition: Node) -> Iterator[tuple[Path, Node]]:
    finder = _ArgumentFinder()
    visit(definition, finder)
    for argument in finder.arguments:
        yield from _nested(argument.value, (argument.name.value,))


def _default_values(document: DocumentNode, operation: OperationDefinitionNode) -> Iterator[tuple[Path, Node]]:
    for definition in operation.variable_definitions or ():
        if default := definition.default_value:
            yield from _nested(default, locate_variable(document, operation, definition.variable.name.value))


def _nested(value: ValueNode, path: Path) -> Iterator[tuple[Path, Node]]:
    """Yield a value and the values in it, with their paths; fields of objects too."""
    yield path, value
    match value:
        case ListValueNode():
            for index, item in enumerate(value.values):
                yield from _nested(item, (*path, str(index)))
        case ObjectValueNode():
            for field in value.fields:
                yield (*path, field.name.value), field
                yield from _nested(field.value, (*path, field.name.value))
