"""What is refused for being too much, with what was counted and what is allowed."""

from osit_graphql.errors import RequestError, Unavailable

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
