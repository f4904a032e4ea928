"""The rule that keeps the schema to itself where introspection isn't offered."""

from typing import Any

from graphql import FieldNode, GraphQLError, ValidationRule

from osit_graphql.api.http.refusals import IntrospectionDisabled


class NoIntrospection(ValidationRule):
    """Refuses `__schema`. `__type` stays: it tells only what its asker can name, and a public audit relies on it."""

    def enter_field(self, node: FieldNode, *_args: Any) -> None:
        """Called for each field of a document."""
        if node.name.value == "__schema":
            refusal = IntrospectionDisabled()
            self.report_error(GraphQLError(refusal.sentence, node, original_error=refusal))
