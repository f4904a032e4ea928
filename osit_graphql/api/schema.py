"""Assembles the GraphQL schema, on the executor that the settings choose."""

from collections.abc import Sequence
from functools import cache

import strawberry
from graphql import ASTValidationRule
from strawberry.schema.config import StrawberryConfig

from osit_graphql.api.mutations.auth import ApiTokenMutations, SessionMutations
from osit_graphql.api.mutations.directory import DirectoryMutations
from osit_graphql.api.mutations.meetings import MeetingMutations
from osit_graphql.api.mutations.tickets import TicketMutations
from osit_graphql.api.queries.directory import DirectoryQueries
from osit_graphql.api.queries.meetings import MeetingQueries
from osit_graphql.api.queries.nodes import NodeQueries
from osit_graphql.api.queries.reports import ReportQueries
from osit_graphql.api.queries.similar import SimilarQueries
from osit_graphql.api.queries.tickets import TicketQueries
from osit_graphql.api.query_cost import WEIGHTS, Limits
from osit_graphql.api.scalars import SCALARS
from osit_graphql.api.strawberry_schema import Schema
from osit_graphql.api.types.activities import TYPES
from osit_graphql.api.types.reports import Recurrence
from osit_graphql.settings import Executor


@strawberry.type(description="Queries. Results contain only objects visible to the viewer.")
class Query(NodeQueries, TicketQueries, SimilarQueries, DirectoryQueries, MeetingQueries, ReportQueries):
    """Root of queries."""


@strawberry.type(description="Mutations. Each runs in one transaction.")
class Mutation(SessionMutations, ApiTokenMutations, TicketMutations, DirectoryMutations, MeetingMutations):
    """Root of mutations."""


def build_schema(
    *,
    executor: Executor = "standard",
    rules: Sequence[type[ASTValidationRule]] = (),
    limits: Limits | None = None,
    sort: bool = False,
) -> Schema:
    """Assemble the schema; `rules` are validation rules beyond the specification's.

    A sorted schema is for reading only: graphql-core creates its types again, and their enumerations return strings.
    """
    return schema_class(executor)(
        query=Query,
        mutation=Mutation,
        types=[*TYPES.values(), Recurrence],
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=sort),
        rules=rules,
        limits=limits,
        weights=WEIGHTS,
    )


def schema_class(executor: Executor) -> type[Schema]:
    """Return the class of schemas on an executor."""
    if executor == "standard":
        return Schema
    # The standard executor has to work with releases of graphql-core and Strawberry that the compiled one fails with.
    from osit_graphql.api.executor import CompiledSchema  # noqa: PLC0415 - see above

    return CompiledSchema


@cache
def default_schema(executor: Executor = "standard") -> Schema:
    """Return the schema with the default limits and rules; the applications of one process share it."""
    return build_schema(executor=executor)


def export() -> str:
    """Return the schema as clients read it, sorted."""
    return build_schema(sort=True).as_str().rstrip() + "\n"
