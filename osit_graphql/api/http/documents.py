"""GraphQL documents: parsed and validated once per text, and the operation of each that is to run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from osit_graphql.api.http.refusals import AmbiguousOperation, NoOperation, UnknownOperation
from osit_graphql.api.http.validation import RULES

CACHED = 256  # documents; client teams have some dozens each, and one takes at most some 300 kB (1,000 tokens)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may be; a page of every field there is has some 400 tokens."""

    characters: int = 20_000
    tokens: int = 1_000
    comments: int = 100
    errors: int = 5

    @property
    def parse_options(self) -> dict[str, Any]:
        """The same, by the names that graphql-core's parser gives them."""
        return {
            "max_source_length": self.characters,
            "max_lexical_tokens": self.tokens,
            "max_comments": self.comments,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document, and its operations by name (None: the anonymous one)."""

    node: DocumentNode
    operations: dict[str | None, OperationDefinitionNode] = field(default_factory=dict)

    def pick_operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run. Raises a refusal with OPERATION_RESOLUTION_FAILURE; Strawberry would take the first."""
        if not self.operations:
            raise NoOperation
        if name is not None:
            if name not in self.operations:
                raise UnknownOperation
            return self.operations[name]
        if len(self.operations) > 1:
            raise AmbiguousOperation
        return next(iter(self.operations.values()))


class InvalidDocumentError(Exception):
    """A document that can't run, why, and the document itself when it could be parsed."""

    def __init__(self, errors: Sequence[GraphQLError], node: DocumentNode | None = None) -> None:
        self.errors = list(errors)
        self.node = node
        super().__init__(f"{len(self.errors)} errors")


class Documents:
    """The documents that were seen lately. Only valid ones are kept, so that nonsense doesn't push them out."""

    def __init__(self, schema: GraphQLSchema, rules: Sequence[type[ASTValidationRule]], limits: Limits) -> None:
        self._schema = schema
        self._rules = (*specified_rules, *RULES, *rules)
        self.limits = limits
        self.prepare = lru_cache(CACHED)(self._prepare)
        self._kept: dict[str, Document] = {}

    def keep(self, texts: Iterable[str]) -> None:
        """Hold these for good: whatever else is asked, they are not pushed out. Raises as `prepare` does."""
        self._kept |= {text: self.prepare(text) for text in texts}

    def _prepare(self, text: str) -> Document:
        """Parse and validate. Raises `InvalidDocumentError`."""
        if kept := self._kept.get(text):
            return kept
        node = self._parse(text)
        errors = validate(self._schema, node, self._rules, max_errors=self.limits.errors, hide_suggestions=True)
        if errors:
            raise InvalidDocumentError(errors, node)
        operations = {
            definition.name.value if definition.name else None: definition
            for definition in node.definitions
            if isinstance(definition, OperationDefinitionNode)
        }
        return Document(node, operations)

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse(text, **self.limits.parse_options)
        except GraphQLSyntaxError as error:
            raise InvalidDocumentError([error]) from None


def is_sign_in(operation: OperationDefinitionNode) -> bool:
    """Whether `signIn` is all that is asked for: then a dead token in the header is no reason to refuse."""
    selections = operation.selection_set.selections
    return (
        operation.operation is OperationType.MUTATION
        and len(selections) == 1
        and isinstance(selections[0], FieldNode)
        and selections[0].name.value == "signIn"
    )
