"""Compares the exported schema with what client teams rely on: nothing missing, nothing that breaks a client."""

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

# graphql-core calls these dangerous or safe; but what a client left unsaid must go on meaning the same.
DEFAULT_CHANGES = frozenset(
    {
        DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
        DangerousChangeType.INPUT_FIELD_DEFAULT_VALUE_CHANGE,
        SafeChangeType.ARG_DEFAULT_VALUE_ADDED,
        SafeChangeType.INPUT_FIELD_DEFAULT_VALUE_ADDED,
    },
)


def find_problems(contract: str, schema: str, pending: str) -> list[str]:
    """Say, one sentence each, where the schema offers less than the contract, or `pending` isn't what is missing.

    All three are texts: two SDL documents, and lines of `Type`, `Type.field`, `Type.field.argument`, `Enum.VALUE` or
    `Input.field`, with `#` comments. An empty list is a pass. The schema may offer more; an output may be non-null
    where the contract's isn't, an input optional where the contract's is required.
    """
    promised, offered = parse(contract), parse(schema)
    lines = read_pending(pending)
    problems = list(_check_pending(lines, list_coordinates(promised), list_coordinates(offered)))
    due = prune(promised, frozenset(lines))
    if errors := validate_sdl(due):
        return [*problems, *(f"with what is pending taken out, the contract doesn't hold: {e}" for e in errors)]
    return [*problems, *_compare(_build(due), _build(offered))]


def read_pending(text: str) -> list[str]:
    """List the pieces that a pending file names, in its order, comments and blank lines left out."""
    return [piece for line in text.splitlines() if (piece := line.partition("#")[0].strip())]


def _check_pending(lines: list[str], promised: frozenset[str], offered: frozenset[str]) -> Iterator[str]:
    """An honest list: each piece promised, absent, named once, and not part of another that is named."""
    for index, piece in enumerate(lines):
        if piece not in promised:
            yield f"{piece} is pending but the contract has no such thing"
        if piece in offered:
            yield f"{piece} is pending but the schema offers it: take the line away"
        if piece in lines[:index]:
            yield f"{piece} is pending twice"
        if whole := next((other for other in lines if piece.startswith(f"{other}.")), None):
            yield f"{piece} is pending with {whole}: one line is enough"


def _compare(contract: GraphQLSchema, schema: GraphQLSchema) -> Iterator[str]:
    yield from (str(error) for error in [*validate_schema(contract), *validate_schema(schema)])
    for change in find_schema_changes(contract, schema):
        if isinstance(change.type, BreakingChangeType) or change.type in DEFAULT_CHANGES:
            yield f"contract to schema: {change.description}"
    # What graphql-core's comparison leaves out.
    for operation in ("query", "mutation", "subscription"):
        promised, offered = getattr(contract, f"{operation}_type"), getattr(schema, f"{operation}_type")
        if promised and (offered is None or offered.name != promised.name):
            yield f"the {operation} root is {promised.name} in the contract, {offered} in the schema"
    for name, kind in contract.type_map.items():
        other = schema.type_map.get(name)
        if is_input_object_type(kind) and is_input_object_type(other) and kind.is_one_of != other.is_one_of:
            yield f"{name} is @oneOf on one side only"
    # A nullable root is a promise of its own: when it is refused, the others of the request stand.
    for name, field in contract.query_type.fields.items() if contract.query_type else ():
        new = schema.query_type.fields.get(name) if schema.query_type else None
        if new and is_non_null_type(new.type) and not is_non_null_type(field.type):
            yield f"Query.{name} is nullable in the contract: as {new.type} a refusal would take its siblings along"


def _build(document: DocumentNode) -> GraphQLSchema:
    return build_ast_schema(document, assume_valid_sdl=True)


def main() -> int:
    """Print what is wrong with the committed schema; exit status 1 when anything is."""
    problems = find_problems(CONTRACT.read_text("utf-8"), SCHEMA.read_text("utf-8"), PENDING.read_text("utf-8"))
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) or "schema.graphql keeps the contract\n")
    return bool(problems)


if __name__ == "__main__":
    raise SystemExit(main())
