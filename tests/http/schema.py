"""A test schema with all kinds of errors, and an application that serves it."""

from collections.abc import AsyncGenerator
from datetime import date
from typing import Any, NewType

import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from osit_graphql.api.context import Caller
from osit_graphql.api.schema import schema_class
from osit_graphql.api.strawberry_schema import Schema
from osit_graphql.domain.errors import BadInput, Forbidden, Unauthenticated, Unavailable
from osit_graphql.http.endpoint import GRAPHQL_PATH, GraphQLEndpoint
from osit_graphql.http.middleware import RequestMiddleware
from osit_graphql.http.rate_limiting import RateLimiter
from osit_graphql.http.request import PersistedDocuments
from osit_graphql.http.trusted_proxies import TrustedProxies
from osit_graphql.settings import Executor, Settings

SECRET = "hunter2"
LIVE, DEAD, UNLUCKY, CURSED = "live-token", "dead-token", "unlucky-token", "cursed-token"

Fragile = NewType("Fragile", str)
Careful = NewType("Careful", str)


def _break(value: object) -> Fragile:
    raise ValueError(f"{SECRET}: invalid literal {value!r}")


def _refuse(_value: object) -> Careful:
    raise BadInput("This can't be in the future.", argument=("at",))


@strawberry.input
class Box:
    width: int
    label: str | None = None
    inner: "Box | None" = None
    note: strawberry.Maybe[str] = None


@strawberry.input(one_of=True)
class By:
    id: strawberry.Maybe[strawberry.ID]
    number: strawberry.Maybe[int]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "monde") -> str:
        return f"bonjour {name}"

    @strawberry.field
    def language(self, info: strawberry.Info[Caller]) -> str:
        return info.context.language

    @strawberry.field
    def number(self, n: int = 1) -> int:
        return n

    @strawberry.field
    def day(self, on: date) -> date:
        return on

    @strawberry.field
    def fragile(self, value: Fragile) -> str:
        return value

    @strawberry.field
    def careful(self, value: Careful) -> str:
        return value

    @strawberry.field
    def boxes(self, boxes: list[Box]) -> int:
        return len(boxes)

    @strawberry.field
    def find(self, by: By) -> str:  # noqa: ARG002 - only its coercion matters
        return "found"

    @strawberry.field
    async def broken(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    async def broken_required(self) -> str:
        raise RuntimeError(SECRET)

    @strawberry.field
    def not_a_number(self) -> int | None:
        return SECRET  # type: ignore[return-value]

    @strawberry.field
    def absent(self) -> str:
        return None  # type: ignore[return-value]

    @strawberry.field
    def forbidden(self) -> str | None:
        raise Forbidden

    @strawberry.field
    def refused(self, first: int) -> str | None:  # noqa: ARG002 - refused for any value
        raise BadInput("This must be between {low} and {high}.", argument=("first",), low=1, high=100)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def sign_in(self, info: strawberry.Info[Caller]) -> str:
        return f"token for {info.context.token}"

    @strawberry.mutation
    def write(self) -> str:
        return "written"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncGenerator[int, None]:
        yield 1


SCALARS: dict[Any, Any] = {
    Fragile: strawberry.scalar(name="Fragile", parse_value=_break, serialize=str),
    Careful: strawberry.scalar(name="Careful", parse_value=_refuse, serialize=str),
}


async def make_context(caller: Caller) -> object:
    """Return the context of one of the test tokens."""
    match caller.token:
        case None | "live-token" | "":  # the endpoint refuses an empty token itself
            return caller
        case "unlucky-token":
            raise Unavailable
        case "cursed-token":
            raise RuntimeError(SECRET)
        case _:
            raise Unauthenticated


def make_schema(*, executor: Executor | None = None, **options: Any) -> Schema:
    """Return the schema; `options` are those of `Schema`."""
    config = StrawberryConfig(scalar_map=SCALARS)
    class_ = schema_class(executor or Settings(_env_file=None).executor)
    return class_(Query, mutation=Mutation, subscription=Subscription, config=config, **options)


def make_app(
    schema: Schema | None = None,
    persisted_documents: PersistedDocuments | None = None,
    trusted_proxies: TrustedProxies | None = None,
    **options: Any,
) -> Starlette:
    """Return the application that serves the schema."""
    settings = Settings(_env_file=None)
    endpoint = GraphQLEndpoint(
        schema or make_schema(**options),
        make_context,
        settings,
        rate_limiter=RateLimiter.from_settings(settings),
        persisted_documents=persisted_documents,
    )
    middleware = [Middleware(RequestMiddleware, trusted_proxies=trusted_proxies)]
    return Starlette(routes=[Route(GRAPHQL_PATH, endpoint)], middleware=middleware)
