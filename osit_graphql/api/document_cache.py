"""Cache of parsed, validated and priced GraphQL documents, by their text."""

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

from osit_graphql.api.argument_paths import add_argument_paths
from osit_graphql.api.errors import (
    CHARACTERS,
    COMMENTS,
    NESTING,
    TOKENS,
    AmbiguousOperation,
    NoOperation,
    TooComplex,
    UnknownOperation,
    too_complex,
)
from osit_graphql.api.query_cost import CostFormula, DocumentAnalyzer, Limits, OperationAnalysis, QueryCost, Weights
from osit_graphql.api.query_cost.analysis import MAX_COMMENTS, MAX_REPORTED_ERRORS
from osit_graphql.api.validation_rules import RULES
from osit_graphql.domain.errors import RequestError

ABORTED = " Parsing aborted."  # the end of graphql-core's messages about its limits, and of no others
MAX_DOCUMENTS = 256  # client teams have some dozens each; a document takes 300 kB at most (1,000 tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document with its operations and their costs, by name; None is the anonymous operation's."""

    node: DocumentNode
    operations: dict[str | None, OperationDefinitionNode] = field(default_factory=dict)
    cost_formulas: dict[str | None, CostFormula] = field(default_factory=dict)

    def pick_operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation to execute. Raises a refusal with OPERATION_RESOLUTION_FAILURE."""
        if not self.operations:
            raise NoOperation
        if name is not None:
            if name not in self.operations:
                raise UnknownOperation
            return self.operations[name]
        if len(self.operations) > 1:
            raise AmbiguousOperation
        return next(iter(self.operations.values()))

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> QueryCost:
        """Return the estimated cost of the operation for these variables."""
        return self.cost_formulas[operation.name.value if operation.name else None].evaluate(variables)


class InvalidDocumentError(Exception):
    """A document that cannot be executed, with its errors; `node` is None when it could not be parsed."""

    def __init__(self, errors: Sequence[GraphQLError], node: DocumentNode | None = None) -> None:
        self.errors = list(errors)
        self.node = node
        super().__init__(f"{len(self.errors)} errors")


class DocumentCache:
    """The documents of the last requests, and pinned ones. Invalid ones are not cached: they would evict others."""

    def __init__(
        self, schema: GraphQLSchema, rules: Sequence[type[ASTValidationRule]], limits: Limits, weights: Weights
    ) -> None:
        self._schema = schema
        self._rules = (*specified_rules, *RULES, *rules)
        self._analyzer = DocumentAnalyzer(schema, limits, weights)
        self.limits = limits
        self.prepare = lru_cache(MAX_DOCUMENTS)(self._prepare)
        self.misses = 0
        self._pinned: dict[str, Document] = {}

    def pin(self, texts: Iterable[str]) -> None:
        """Cache these documents permanently. Raises `InvalidDocumentError`."""
        self._pinned |= {text: self.prepare(text) for text in texts}

    def _prepare(self, text: str) -> Document:
        """Parse, analyze and validate. Raises `InvalidDocumentError`."""
        if pinned := self._pinned.get(text):
            return pinned
        self.misses += 1
        node = self._parse(text)
        analyses = self._analyze(node)
        if errors := self._validate(node):
            raise InvalidDocumentError(errors, node)
        named = [(operation.name.value if operation.name else None, operation, each) for operation, each in analyses]
        return Document(
            node,
            {name: operation for name, operation, _ in named},
            {name: each.cost_formula for name, _, each in named},
        )

    def _parse(self, text: str) -> DocumentNode:
        if len(text) > self.limits.characters:
            raise InvalidDocumentError([_to_graphql_error(too_complex(CHARACTERS, len(text), self.limits.characters))])
        try:
            return parse(text, **self.limits.parse_options)
        except GraphQLSyntaxError as error:
            if not error.description.endswith(ABORTED):
                raise InvalidDocumentError([error]) from None
            sentences = {"tokens": (TOKENS, self.limits.tokens), "comments": (COMMENTS, MAX_COMMENTS)}
            for word, (sentence, limit) in sentences.items():
                if word in error.description:
                    refusal = too_complex(sentence, limit + 1, limit)
                    raise InvalidDocumentError([_to_graphql_error(refusal)]) from None
            raise InvalidDocumentError([_to_graphql_error(TooComplex(NESTING))]) from None

    def _analyze(self, node: DocumentNode) -> list[tuple[OperationDefinitionNode, OperationAnalysis]]:
        """Check the limits before validation, whose time grows with the document."""
        try:
            analyses = self._analyzer.analyze(node)
        except TooComplex as refusal:
            raise InvalidDocumentError([_to_graphql_error(refusal)], node) from None
        refusals = [
            _to_graphql_error(refusal, operation) for operation, each in analyses for refusal in each.violations
        ]
        if refusals:
            raise InvalidDocumentError(refusals[:MAX_REPORTED_ERRORS], node)
        return analyses

    def _validate(self, node: DocumentNode) -> list[GraphQLError]:
        errors = validate(self._schema, node, self._rules, max_errors=MAX_REPORTED_ERRORS, hide_suggestions=True)
        reported = [error for error in errors if not isinstance(error, ValidationAbortedError)]
        if reported:
            add_argument_paths(node, reported)
        return reported if reported or not errors else [_to_graphql_error(TooComplex())]


def _to_graphql_error(refusal: RequestError, operation: OperationDefinitionNode | None = None) -> GraphQLError:
    return GraphQLError(refusal.sentence, operation, original_error=refusal)


def is_sign_in(operation: OperationDefinitionNode) -> bool:
    """Whether `signIn` is the only field of an operation: an expired token does not refuse it."""
    selections = operation.selection_set.selections
    return (
        operation.operation is OperationType.MUTATION
        and len(selections) == 1
        and isinstance(selections[0], FieldNode)
        and selections[0].name.value == "signIn"
    )
