"""Tells the client's errors from the server's, and finds the `RequestError` that a GraphQL error wraps."""

from collections.abc import Iterator

from graphql import GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

from osit_graphql.domain.errors import RequestError


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
