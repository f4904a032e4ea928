"""Compares the exported schema with the contract of the client teams: nothing is missing, nothing breaks a client."""

import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    DocumentNode,
    GraphQLSchema,
    build_ast_schema,
    is_input_object_type,
    is_non_null_type,
    parse,
    validate_schema,
)
from graphql.utilities.find_schema_changes import (
    BreakingChangeType,
    DangerousChangeType,
    SafeChangeType,
    find_schema_changes,
)
from graphql.validation.validate import validate_sdl

from tests.contract.coordinates import list_coordinates, prune

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "schema.graphql"
CONTRACT = HERE / "contract.graphql"
PENDING = HERE / "pending.txt"

# graphql-core calls these dangerous or safe, but an argument that a client omits must keep its meaning.
DEFAULT_CHANGES = frozenset(
    {
        DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
        DangerousChangeType.INPUT_FIELD_DEFAULT_VALUE_CHANGE,
        SafeChangeType.ARG_DEFAULT_VALUE_ADDED,
        SafeChangeType.INPUT_FIELD_DEFAULT_VALUE_ADDED,
    },
)


def find_problems(contract: str, schema: str, pending: str) -> list[str]:
    """Return one sentence for each thing that the schema lacks, and for each wrong line of `pending`.

    All three are texts: two SDL documents, and lines of `Type`, `Type.field`, `Type.field.argument`, `Enum.VALUE` or
    `Input.field`, with `#` comments. An empty list is a pass. The schema may offer more, make an
    output non-null, or make an input optional.
    """
    promised, offered = parse(contract), parse(schema)
    lines = read_pending(pending)
    problems = list(_check_pending(lines, list_coordinates(promised), list_coordinates(offered)))
    due = prune(promised, frozenset(lines))
    if errors := validate_sdl(due):
        return [*problems, *(f"without the pending pieces, the contract is not valid: {e}" for e in errors)]
    return [*problems, *_compare(_build(due), _build(offered))]


def read_pending(text: str) -> list[str]:
    """Return the coordinates in a pending file, in order, without comments and blank lines."""
    return [piece for line in text.splitlines() if (piece := line.partition("#")[0].strip())]


def _check_pending(lines: list[str], promised: frozenset[str], offered: frozenset[str]) -> Iterator[str]:
    """Check that each pending piece is promised, absent, listed once, and not part of another one."""
    for index, piece in enumerate(lines):
        if piece not in promised:
            yield f"{piece} is pending but the contract has no such thing"
        if piece in offered:
            yield f"{piece} is pending but the schema offers it: take the line away"
        if piece in lines[:index]:
            yield f"{piece} is pending twice"
        if parent := next((other for other in lines if piece.startswith(f"{other}.")), None):
            yield f"{piece} is pending with {parent}: one line is enough"


def _compare(contract: GraphQLSchema, schema: GraphQLSchema) -> Iterator[str]:
    yield from (str(error) for error in [*validate_schema(contract), *validate_schema(schema)])
    for change in find_schema_changes(contract, schema):
        if isinstance(change.type, BreakingChangeType) or change.type in DEFAULT_CHANGES:
            yield f"contract to schema: {change.description}"
    # graphql-core's comparison omits the following.
    for operation in ("query", "mutation", "subscription"):
        promised, offered = getattr(contract, f"{operation}_type"), getattr(schema, f"{operation}_type")
        if promised and (offered is None or offered.name != promised.name):
            yield f"the {operation} root is {promised.name} in the contract, {offered} in the schema"
    for name, kind in contract.type_map.items():
        other = schema.type_map.get(name)
        if is_input_object_type(kind) and is_input_object_type(other) and kind.is_one_of != other.is_one_of:
            yield f"{name} is @oneOf on one side only"
    # A nullable root field is part of the contract: an error in it leaves its siblings in place.
    for name, field in contract.query_type.fields.items() if contract.query_type else ():
        new = schema.query_type.fields.get(name) if schema.query_type else None
        if new and is_non_null_type(new.type) and not is_non_null_type(field.type):
            yield f"Query.{name} is nullable in the contract: as {new.type} a refusal would take its siblings along"


def _build(document: DocumentNode) -> GraphQLSchema:
    return build_ast_schema(document, assume_valid_sdl=True)


def main() -> int:
    """Print the differences of the committed schema; exit with status 1 if there are any."""
    problems = find_problems(CONTRACT.read_text("utf-8"), SCHEMA.read_text("utf-8"), PENDING.read_text("utf-8"))
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) or "schema.graphql keeps the contract\n")
    return bool(problems)


if __name__ == "__main__":
    raise SystemExit(main())
