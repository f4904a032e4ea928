"""Replaces generated arguments by plausible values, so that responses contain data."""

from random import Random
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    BooleanValueNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    Visitor,
    get_named_type,
    visit,
)

from tests.fuzz.surface import ONE_OF
from tests.leaks.questions import SCHEMA
from tests.leaks.values import ABSENT, CURSORS, KEY, ValueGenerator

BELIEVABLE = (1, 1, 0.9, 0.3)  # shares of plausible arguments, one of these per document
REAL = 0.8  # share of real IDs among the other arguments
ABSENT_ONES = {*CURSORS, *ABSENT, KEY, "last"}


class Placing(Visitor):
    """Rewrites a document: plausible arguments, real IDs, and one field of a `@oneOf` input."""

    def __init__(self, info: TypeInfo, chance: Random, value_generator: ValueGenerator, root: str) -> None:
        super().__init__()
        self.info, self.chance, self.value_generator, self.root = info, chance, value_generator, root
        self.believable = chance.choice(BELIEVABLE)

    def enter_argument(self, node: ArgumentNode, *_: Any) -> Any:
        argument = self.info.get_argument()
        name = node.name.value
        if argument is None or self.chance.random() > self.believable:
            return None
        if not isinstance(argument.type, GraphQLNonNull) and (name in ABSENT_ONES or self.chance.random() < 0.4):
            return REMOVE if argument.default_value is not None else _with(node, NullValueNode())
        return _with(node, write(self.value_generator.draw(argument.type, name, self.root), argument.type))

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> Any:
        if node.name.value in ABSENT_ONES and self.chance.random() < REAL:
            return REMOVE
        return None

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> Any:
        """Select `id` wherever it exists: it identifies the row."""
        type_ = self.info.get_parent_type()
        named = {selected.name.value for selected in node.selections if isinstance(selected, FieldNode)}
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) or "id" not in type_.fields or "id" in named:
            return None
        return SelectionSetNode(selections=(*node.selections, FieldNode(name=NameNode(value="id"))))

    def leave_object_value(self, node: ObjectValueNode, *_: Any) -> Any:
        type_ = get_named_type(self.info.get_input_type())
        if type_ is None or type_.name not in ONE_OF or not node.fields:
            return None
        chosen = self.chance.choice(node.fields)
        if isinstance(chosen.value, NullValueNode):
            return write(self.value_generator.draw(type_, "", self.root), type_)
        return ObjectValueNode(fields=(chosen,))

    def enter_string_value(self, *_: Any) -> Any:
        type_ = get_named_type(self.info.get_input_type())
        if type_ is None or type_.name != "ID" or self.chance.random() > REAL:
            return None
        return StringValueNode(
            value=self.chance.choice(self.chance.choice(list(self.value_generator.pool.ids.values())))
        )


def place(document: DocumentNode, value_generator: ValueGenerator, root: str) -> DocumentNode:
    """Return the document rewritten; the value_generator's chance decides."""
    info = TypeInfo(SCHEMA)
    placed: DocumentNode = visit(
        document, TypeInfoVisitor(info, Placing(info, value_generator.chance, value_generator, root))
    )
    return placed


def write(value: Any, type_: Any) -> ValueNode:
    """Return a drawn value as it stands in a document."""
    match type_:
        case GraphQLNonNull():
            return write(value, type_.of_type)
        case GraphQLList():
            return ListValueNode(values=tuple(write(each, type_.of_type) for each in value))
        case GraphQLInputObjectType():
            fields = [
                (NameNode(value=name), write(field_value, type_.fields[name].type))
                for name, field_value in value.items()
            ]
            return ObjectValueNode(fields=tuple(ObjectFieldNode(name=name, value=node) for name, node in fields))
        case _:
            return _write_leaf(value, type_)


def _write_leaf(value: Any, type_: Any) -> ValueNode:
    if isinstance(type_, GraphQLEnumType):
        return EnumValueNode(value=value)
    if isinstance(value, bool):
        return BooleanValueNode(value=value)
    return IntValueNode(value=str(value)) if isinstance(value, int) else StringValueNode(value=value)


def _with(node: ArgumentNode, value: Any) -> ArgumentNode:
    return ArgumentNode(name=node.name, value=value)
