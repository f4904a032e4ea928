"""Errors about GraphQL documents: operations, introspection, persisted documents and complexity limits."""

from osit_graphql.domain.errors import RequestError

MAX_REPORTED_COUNT = 1_000_000_000  # fragments that spread each other twice reach astronomical counts


class UnknownOperation(RequestError):
    """`operationName` names no operation of the document."""

    code = "OPERATION_RESOLUTION_FAILURE"
    sentence = "The document has no operation of this name."


class AmbiguousOperation(RequestError):
    """Several operations without `operationName`."""

    code = "OPERATION_RESOLUTION_FAILURE"
    sentence = "The document has several operations: « operationName » says which one to run."


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
