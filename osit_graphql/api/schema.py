"""The schema: everything that the contract offers so far, assembled."""

from collections.abc import Sequence

import strawberry
from graphql import ASTValidationRule
from strawberry.schema.config import StrawberryConfig

from osit_graphql.api.mutations.auth import AccountMutations
from osit_graphql.api.mutations.directory import DirectoryMutations
from osit_graphql.api.mutations.meetings import MeetingMutations
from osit_graphql.api.mutations.tickets import TicketMutations
from osit_graphql.api.mutations.tokens import TokenMutations
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


@strawberry.type(description="What can be read: each through what the viewer may see.")
class Query(NodeQueries, TicketQueries, SimilarQueries, DirectoryQueries, MeetingQueries, ReportQueries):
    """The contract's `Query`."""


@strawberry.type(description="What can be done: each in one transaction, whole or not at all.")
class Mutation(AccountMutations, TokenMutations, TicketMutations, DirectoryMutations, MeetingMutations):
    """The contract's `Mutation`."""


def build_schema(
    *, rules: Sequence[type[ASTValidationRule]] = (), limits: Limits | None = None, sort: bool = False
) -> Schema:
    """Assemble it; `rules` are validation rules beyond the specification's.

    A sorted one is to be read, not served: graphql-core rebuilds its types, and its enumerations give mere strings.
    """
    return Schema(
        query=Query,
        mutation=Mutation,
        types=[*TYPES.values(), Recurrence],
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=sort),
        rules=rules,
        limits=limits,
        weights=WEIGHTS,
    )


schema = build_schema()


def export() -> str:
    """Return the schema as clients read it, sorted."""
    return build_schema(sort=True).as_str().rstrip() + "\n"
