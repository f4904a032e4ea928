"""Request errors of the GraphQL layer: documents, operations, introspection and query cost."""

from osit_graphql.domain.errors import RequestError, Unavailable


class UnknownOperation(RequestError):
    """The name is none of the document's."""

    code = "OPERATION_RESOLUTION_FAILURE"
    sentence = "The document has no operation of this name."


class AmbiguousOperation(RequestError):
    """Several operations, and nothing says which."""

    code = "OPERATION_RESOLUTION_FAILURE"
    sentence = "The document has several operations: « operationName » says which one to run."


class NoOperation(RequestError):
    """Only fragments."""

    code = "OPERATION_RESOLUTION_FAILURE"
    sentence = "The document has no operation to run."


class IntrospectionDisabled(RequestError):
    """The schema is published with each release, not by the running server."""

    code = "INTROSPECTION_DISABLED"
    sentence = "Introspection is not offered here; the schema is published with each release."


class DocumentUnknown(RequestError):
    """A hash that stands in no manifest; nothing is registered by asking."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    sentence = "No document is known here by this hash."


class DocumentUntrusted(RequestError):
    """A text of the client's own, where only registered ones run."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    sentence = "Only documents that were registered run here, and this is none of them."


CEILING = 1_000_000_000  # counts stop here: fragments that spread each other twice reach numbers nobody reads


class TooComplex(RequestError):
    """The document, or the work that it asks for, is beyond a limit."""

    code = "OPERATION_TOO_COMPLEX"
    sentence = "The document asks for too much."


class Overloaded(Unavailable):
    """The process serves as many requests as it can; nothing of this one was looked at."""

    sentence = "Too many requests are under way for the moment; try again shortly."


IN_FLIGHT = "You have {limit} requests under way already; wait for one to end."
CHARACTERS = "The document has {counted} characters; {limit} are allowed."
TOKENS = "The document has more than the {limit} tokens that are allowed."
COMMENTS = "The document has more than the {limit} comments that are allowed."
NESTING = "The document is nested too deeply to be read."
DEPTH = "The operation is nested {counted} fields deep; {limit} are allowed."
FIELDS = "The operation has {counted} fields, fragments unfolded; {limit} are allowed."
ALIASES = "The operation has {counted} aliases, fragments unfolded; {limit} are allowed."
DIRECTIVES = "The operation has {counted} directives, fragments unfolded; {limit} are allowed."
ROOTS = "The operation has {counted} root fields; {limit} are allowed."
MUTATIONS = "The operation has {counted} mutations; {limit} are allowed in one request."
COST = "The operation may cost {counted} points; {limit} are allowed in one request: ask for smaller pages."


def too_complex(sentence: str, counted: int, limit: int) -> TooComplex:
    """Return the refusal that tells what was counted and what is allowed."""
    return TooComplex(sentence, counted=min(counted, CEILING), limit=limit)
