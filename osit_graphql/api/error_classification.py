"""Whose mistake an error is: the client's, and then which, or ours."""

from collections.abc import Iterator

from graphql import GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

from osit_graphql.domain.errors import RequestError


def _unwrap(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was made from, outermost first."""
    while error is not None:
        yield error
        error = error.original_error if isinstance(error, GraphQLError) else None


def find_refusal(error: GraphQLError) -> RequestError | None:
    """Our own refusal behind a GraphQL error, if that is what it is."""
    return next((cause for cause in _unwrap(error) if isinstance(cause, RequestError)), None)


def is_bad_value(error: GraphQLError) -> bool:
    """Whether a scalar couldn't read what the client wrote; its text is Python's, so it is never told."""
    causes = list(_unwrap(error))
    if any(isinstance(cause, StrawberryInputCoercionError) for cause in causes):
        return True
    return not isinstance(causes[-1], GraphQLError) and error.path is None and bool(error.nodes)


def find_fault(error: GraphQLError) -> BaseException | None:
    """What broke on our side, or None when it is the client's mistake.

    graphql-core marks a client's mistake by the place in the document: an argument that can't be read is a
    GraphQL error that came with its nodes. Any other exception of a resolver, of the serialization of its result
    (no nodes of its own) or of an extension (no nodes at all) is ours.
    """
    *_, innermost = _unwrap(error)
    if isinstance(innermost, RequestError) or is_bad_value(error):
        return None
    if not isinstance(innermost, GraphQLError):
        return innermost
    return innermost if error.path is not None and not innermost.nodes else None
