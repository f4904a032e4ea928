"""Validation rules beyond the specification's, and Strawberry's own with messages that do not mention Python."""

from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLNamedType, ObjectValueNode, ValidationRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from osit_graphql.api.errors import IntrospectionDisabled
from osit_graphql.domain.errors import BadInput

ALLOWED_TYPE_FIELDS = {"__typename", "name", "kind"}
NOT_NULL = "« {field} » can't be null: leave it out instead."


class NoIntrospection(ValidationRule):
    """Refuses `__schema`, and every field of `__type` but a type's name and kind, once a document.

    A public audit requests `__type` for a known name. Its `fields` would reveal the schema, type by type. Aliases and
    fragments make no difference.
    """

    reported = False

    def enter_field(self, node: FieldNode, *_args: Any) -> None:
        """Check one field; graphql-core calls this for each field of a document, used or not."""
        parent = self.context.get_parent_type()
        in_type = parent is not None and parent.name.startswith("__") and node.name.value not in ALLOWED_TYPE_FIELDS
        if not self.reported and (in_type or node.name.value == "__schema"):
            self.reported = True
            refusal = IntrospectionDisabled()
            self.report_error(GraphQLError(refusal.sentence, node, original_error=refusal))


class OneOfRule(OneOfInputValidationRule):
    """Strawberry's check of `@oneOf`; its messages are about GraphQL, so they are not masked."""

    def report_error(self, error: GraphQLError) -> None:
        """Report a literal with another number of fields than one."""
        super().report_error(GraphQLError(error.message, error.nodes))


class MaybeNotNullRule(MaybeNullValidationRule):
    """Strawberry's check of `Maybe[…]`, which may be absent but not null; its own message is about Python."""

    def validate_maybe_fields(self, node: ObjectValueNode, input_type: GraphQLNamedType, strawberry_type: Any) -> None:
        """Check one input object of a document."""
        if not getattr(strawberry_type, "is_one_of", False):  # `OneOfRule` has the better message
            super().validate_maybe_fields(node, input_type, strawberry_type)

    def report_error(self, error: GraphQLError) -> None:
        """Report a null."""
        field = getattr(error.nodes[0], "name", None) if error.nodes else None
        refusal = BadInput(NOT_NULL, field=field.value if field else "input")
        super().report_error(GraphQLError(refusal.sentence, error.nodes, original_error=refusal))


RULES = (OneOfRule, MaybeNotNullRule)
