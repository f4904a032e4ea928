"""GraphQL documents: parsed and validated once per text, and the operation of each that is to run."""

from collections.abc import Iterable, Mapping, Sequence
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
from graphql.validation.validate import ValidationAbortedError

from osit_graphql.api.errors import (
    CHARACTERS,
    COMMENTS,
    NESTING,
    TOKENS,
    AmbiguousOperation,
    NoOperation,
    UnknownOperation,
    too_complex,
)
from osit_graphql.api.query_cost import Limits, Measured, Measuring, Price, Pricing, TooComplex, Weights
from osit_graphql.api.validation_rules import RULES
from osit_graphql.domain.errors import RequestError

ABORTED = " Parsing aborted."  # how graphql-core ends what it says of its limits, and only that
CACHED = 256  # documents; client teams have some dozens each, and one takes at most some 300 kB (1,000 tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document, and its operations by name (None: the anonymous one), each with what it costs."""

    node: DocumentNode
    operations: dict[str | None, OperationDefinitionNode] = field(default_factory=dict)
    pricings: dict[str | None, Pricing] = field(default_factory=dict)

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

    def price(self, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> Price:
        """What this operation costs with these variables, before it runs."""
        return self.pricings[operation.name.value if operation.name else None].price(variables)


class InvalidDocumentError(Exception):
    """A document that can't run, why, and the document itself when it could be parsed."""

    def __init__(self, errors: Sequence[GraphQLError], node: DocumentNode | None = None) -> None:
        self.errors = list(errors)
        self.node = node
        super().__init__(f"{len(self.errors)} errors")


class Documents:
    """The documents that were seen lately. Only valid ones are kept, so that nonsense doesn't push them out."""

    def __init__(
        self, schema: GraphQLSchema, rules: Sequence[type[ASTValidationRule]], limits: Limits, weights: Weights
    ) -> None:
        self._schema = schema
        self._rules = (*specified_rules, *RULES, *rules)
        self._measuring = Measuring(schema, limits, weights)
        self.limits = limits
        self.prepare = lru_cache(CACHED)(self._prepare)
        self.misses = 0  # of `prepare`: texts that had to be read
        self._kept: dict[str, Document] = {}

    def keep(self, texts: Iterable[str]) -> None:
        """Hold these for good: whatever else is asked, they are not pushed out. Raises as `prepare` does."""
        self._kept |= {text: self.prepare(text) for text in texts}

    def _prepare(self, text: str) -> Document:
        """Parse, measure and validate. Raises `InvalidDocumentError`."""
        self.misses += 1
        if kept := self._kept.get(text):
            return kept
        node = self._parse(text)
        measured = self._measure(node)
        if errors := self._validate(node):
            raise InvalidDocumentError(errors, node)
        named = [(operation.name.value if operation.name else None, operation, each) for operation, each in measured]
        return Document(
            node,
            {name: operation for name, operation, _ in named},
            {name: each.pricing for name, _, each in named},
        )

    def _parse(self, text: str) -> DocumentNode:
        if len(text) > self.limits.characters:
            raise InvalidDocumentError([_locate(too_complex(CHARACTERS, len(text), self.limits.characters))])
        try:
            return parse(text, **self.limits.parse_options)
        except GraphQLSyntaxError as error:
            if not error.description.endswith(ABORTED):
                raise InvalidDocumentError([error]) from None
            sentences = {"tokens": (TOKENS, self.limits.tokens), "comments": (COMMENTS, self.limits.comments)}
            for word, (sentence, limit) in sentences.items():
                if word in error.description:
                    raise InvalidDocumentError([_locate(too_complex(sentence, limit + 1, limit))]) from None
            raise InvalidDocumentError([_locate(TooComplex(NESTING))]) from None

    def _measure(self, node: DocumentNode) -> list[tuple[OperationDefinitionNode, Measured]]:
        """Refuse what is beyond the limits before validation looks at it: that is what takes time."""
        try:
            measured = self._measuring.measure(node)
        except TooComplex as refusal:
            raise InvalidDocumentError([_locate(refusal)], node) from None
        refusals = [_locate(refusal, operation) for operation, each in measured for refusal in each.refusals]
        if refusals:
            raise InvalidDocumentError(refusals[: self.limits.errors], node)
        return measured

    def _validate(self, node: DocumentNode) -> list[GraphQLError]:
        errors = validate(self._schema, node, self._rules, max_errors=self.limits.errors, hide_suggestions=True)
        told = [error for error in errors if not isinstance(error, ValidationAbortedError)]
        return told if told or not errors else [_locate(TooComplex())]


def _locate(refusal: RequestError, operation: OperationDefinitionNode | None = None) -> GraphQLError:
    return GraphQLError(refusal.sentence, operation, original_error=refusal)


def is_sign_in(operation: OperationDefinitionNode) -> bool:
    """Whether `signIn` is all that is asked for: then a dead token in the header is no reason to refuse."""
    selections = operation.selection_set.selections
    return (
        operation.operation is OperationType.MUTATION
        and len(selections) == 1
        and isinstance(selections[0], FieldNode)
        and selections[0].name.value == "signIn"
    )
