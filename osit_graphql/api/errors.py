"""Errors of GraphQL documents, and the classification of any GraphQL error as the client's or the server's."""

from collections.abc import Iterator

from graphql import GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

from osit_graphql.domain.errors import RequestError

MAX_REPORTED_COUNT = 1_000_000_000  # fragments that spread each other twice reach astronomical counts


class UnknownOperation(RequestError):
    """`operationName` names no operation of the document."""

    code = "OPERATION_RESOLUTION_FAILURE"
    sentence = "The document has no operation of this name."


class AmbiguousOperation(RequestError):
    """Several operations without `operationName`."""

    code = "OPERATION_RESOLUTION_FAILURE"
    sentence = "The document has several operations: set « operationName » to the one to run."


class NoOperation(RequestError):
    """Only fragments."""

    code = "OPERATION_RESOLUTION_FAILURE"
    sentence = "The document has no operation to run."


class IntrospectionDisabled(RequestError):
    """In production the schema is published with each release, not by the server."""

    code = "INTROSPECTION_DISABLED"
    sentence = "Introspection is not offered here; the schema is published with each release."


class DocumentUnknown(RequestError):
    """No manifest contains this hash; clients cannot register documents at run time."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    sentence = "No document has this hash."


class DocumentUntrusted(RequestError):
    """A document outside the manifests, while OSIT_DOCUMENTS_ONLY is on."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    sentence = "Only registered documents run here, and this document is not registered."


class TooComplex(RequestError):
    """The document or its cost is above a limit."""

    code = "OPERATION_TOO_COMPLEX"
    sentence = "The document is too complex."


CHARACTERS = "The document has {counted} characters; {limit} are allowed."
TOKENS = "The document has more than the {limit} tokens that are allowed."
COMMENTS = "The document has more than the {limit} comments that are allowed."
NESTING = "The document is nested too deeply to be read."
DEPTH = "The operation is nested {counted} fields deep; {limit} are allowed."
FIELDS = "The operation has {counted} fields, fragments unfolded; {limit} are allowed."
ALIASES = "The operation has {counted} aliases, fragments unfolded; {limit} are allowed."
DIRECTIVES = "The operation has {counted} directives, fragments unfolded; {limit} are allowed."
ROOT_FIELDS = "The operation has {counted} root fields; {limit} are allowed."
MUTATIONS = "The operation has {counted} mutations; {limit} are allowed in one request."
COST = "The operation may cost {counted} points; {limit} are allowed in one request: ask for smaller pages."


def too_complex(sentence: str, counted: int, limit: int) -> TooComplex:
    """Return the error with the count and the limit."""
    return TooComplex(sentence, counted=min(counted, MAX_REPORTED_COUNT), limit=limit)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and the errors that it wraps, outermost first."""
    while error is not None:
        yield error
        error = error.original_error if isinstance(error, GraphQLError) else None


def find_refusal(error: GraphQLError) -> RequestError | None:
    """Return the `RequestError` that a GraphQL error wraps, if it wraps one."""
    return next((cause for cause in _causes(error) if isinstance(cause, RequestError)), None)


def is_invalid_input(error: GraphQLError) -> bool:
    """Whether a scalar could not read the client's value; its message is Python's, so clients never get it."""
    causes = list(_causes(error))
    if any(isinstance(cause, StrawberryInputCoercionError) for cause in causes):
        return True
    return not isinstance(causes[-1], GraphQLError) and error.path is None and bool(error.nodes)


def find_server_error(error: GraphQLError) -> BaseException | None:
    """Return the exception behind an error of the server; None for an error of the client.

    graphql-core locates a client's error in the document: an argument that cannot be read is a GraphQL error with
    nodes. Any other exception is the server's: from a resolver, from the serialization of its result (without nodes of
    its own) or from an extension (without any nodes).
    """
    *_, innermost = _causes(error)
    if isinstance(innermost, RequestError) or is_invalid_input(error):
        return None
    if not isinstance(innermost, GraphQLError):
        return innermost
    return innermost if error.path is not None and not innermost.nodes else None
