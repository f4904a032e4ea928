"""Validation rules beyond the specification's, and Strawberry's own in words that tell nothing of Python."""

from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLNamedType, ObjectValueNode, ValidationRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from osit_graphql.api.errors import IntrospectionDisabled
from osit_graphql.domain.errors import BadInput

TOLD_OF_TYPES = {"__typename", "name", "kind"}
NOT_NULL = "« {field} » can't be null: leave it out instead."


class NoIntrospection(ValidationRule):
    """Refuses `__schema`, and all of `__type` but a type's name and kind, under any alias and in any fragment.

    A public audit asks `__type` for a name it knows. Its `fields` would give the whole schema away, type by type.
    Said once a document.
    """

    told = False

    def enter_field(self, node: FieldNode, *_args: Any) -> None:
        """Called for each field of a document, used or not."""
        parent = self.context.get_parent_type()
        within = parent is not None and parent.name.startswith("__") and node.name.value not in TOLD_OF_TYPES
        if not self.told and (within or node.name.value == "__schema"):
            self.told = True
            refusal = IntrospectionDisabled()
            self.report_error(GraphQLError(refusal.sentence, node, original_error=refusal))


class OneOf(OneOfInputValidationRule):
    """Strawberry's check of `@oneOf`; its sentences are GraphQL's, so they are told as they are."""

    def report_error(self, error: GraphQLError) -> None:
        """Called for each literal that isn't one of."""
        super().report_error(GraphQLError(error.message, error.nodes))


class AbsentOrGiven(MaybeNullValidationRule):
    """Strawberry's check of `Maybe[…]`, which may be left out but not null; its own sentence teaches Python."""

    def validate_maybe_fields(self, node: ObjectValueNode, input_type: GraphQLNamedType, strawberry_type: Any) -> None:
        """Called for each input object in a document."""
        if not getattr(strawberry_type, "is_one_of", False):  # `OneOf` says it better
            super().validate_maybe_fields(node, input_type, strawberry_type)

    def report_error(self, error: GraphQLError) -> None:
        """Called for each null."""
        field = getattr(error.nodes[0], "name", None) if error.nodes else None
        refusal = BadInput(NOT_NULL, field=field.value if field else "input")
        super().report_error(GraphQLError(refusal.sentence, error.nodes, original_error=refusal))


RULES = (OneOf, AbsentOrGiven)
