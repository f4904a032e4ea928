"""The composition root: builds the Starlette application from settings and databases."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from osit_graphql.api.context import ContextFactory
from osit_graphql.api.query_cost import Limits
from osit_graphql.api.schema import build_schema, default_schema
from osit_graphql.api.strawberry_schema import Schema
from osit_graphql.api.validation_rules import NoIntrospection
from osit_graphql.db.engine import Database
from osit_graphql.db.schema import version
from osit_graphql.db.write_probe import WriteProbe
from osit_graphql.http import graphiql
from osit_graphql.http.endpoint import GRAPHQL_PATH, GraphQLEndpoint
from osit_graphql.http.health import health_routes
from osit_graphql.http.metrics_route import metrics_route
from osit_graphql.http.middleware import RequestMiddleware, cors_middleware
from osit_graphql.http.persisted_documents import read_manifests
from osit_graphql.http.rate_limiting import RateLimiter
from osit_graphql.http.request import PersistedDocuments
from osit_graphql.http.slow_log import SlowRequestLog, log_slow_statements
from osit_graphql.http.trusted_proxies import TrustedProxies
from osit_graphql.server.tracing import Tracing
from osit_graphql.services.auth.oidc import load_issuer
from osit_graphql.settings import Settings

if TYPE_CHECKING:
    from osit_graphql.metrics import Metrics

GZIP_MIN_BYTES = 1024
GZIP_LEVEL = 4  # level 9 takes nearly twice as long for 2 % less


def build(
    settings: Settings,
    database: Database,
    *,
    replica: Database | None = None,
    demo_accounts: Sequence[graphiql.DemoAccount] = (),
    draining: Callable[[], bool] = lambda: False,
    closes_connections: Callable[[], bool] | None = None,
    metrics: "Metrics | None" = None,
    lifespan: Lifespan[Starlette] | None = None,
    tracing: Tracing | None = None,
) -> Starlette:
    """Build the application. The caller opens and closes the databases, and closes `state.rate_limiter`.

    `draining`: the server stops, so /readyz fails. `closes_connections`: each connection ends with its next response.
    """
    for each in filter(None, (database, replica)):
        each.observers += [log_slow_statements(settings.slow_ms)] if settings.slow_ms else []
        each.observers += [tracing.trace_statement] if tracing else []
    served_schema, rate_limiter = _choose_schema(settings), RateLimiter.from_settings(settings)

    graphql = GraphQLEndpoint(
        served_schema,
        ContextFactory(database, settings, replica, load_issuer(settings)),
        settings,
        rate_limiter=rate_limiter,
        persisted_documents=_persisted_documents(settings, served_schema),
        trace_operation=tracing.trace_operation if tracing else None,
        metrics=metrics,
    )
    routes: list[BaseRoute] = [Route(GRAPHQL_PATH, graphql), *_health_routes(database, draining)]
    if settings.development:
        routes += graphiql.routes(demo_accounts=demo_accounts)
        routes.append(Route("/", lambda _request: RedirectResponse("/graphiql")))
    if metrics is not None and settings.metrics_token is not None:
        routes.append(metrics_route(settings.metrics_token.get_secret_value(), metrics))
    middleware = _middleware(settings, metrics, tracing, closes_connections)
    application = Starlette(routes=routes, middleware=middleware, lifespan=lifespan)
    application.state.rate_limiter = rate_limiter
    return application


def _health_routes(database: Database, draining: Callable[[], bool]) -> list[Route]:
    async def responds() -> bool:
        await database.ping()
        return True

    async def has_current_schema() -> bool:
        return await version.find_fault(database) is None

    writes = WriteProbe(database).check
    return health_routes(database=responds, migrations=has_current_schema, writes=writes, draining=draining)


def _choose_schema(settings: Settings) -> Schema:
    rules, limits = () if settings.development else (NoIntrospection,), Limits.from_settings(settings)
    if (rules, limits) == ((), Limits.default()):
        return default_schema(settings.executor)
    return build_schema(executor=settings.executor, rules=rules, limits=limits)


def _middleware(
    settings: Settings,
    metrics: "Metrics | None",
    tracing: Tracing | None,
    closes_connections: Callable[[], bool] | None,
) -> list[Middleware]:
    """Return the middleware of all paths, the outermost first."""
    trusted_proxies = TrustedProxies(settings.trusted_proxies)
    return [
        *([tracing.middleware(trusted_proxies)] if tracing else []),
        Middleware(
            RequestMiddleware,
            trusted_proxies=trusted_proxies,
            metrics=metrics,
            closes_connections=closes_connections,
        ),
        *([Middleware(SlowRequestLog, threshold_ms=settings.slow_ms)] if settings.slow_ms else []),
        *cors_middleware(settings.cors_origins, development=settings.development),
        Middleware(GZipMiddleware, minimum_size=GZIP_MIN_BYTES, compresslevel=GZIP_LEVEL),
    ]


def _persisted_documents(settings: Settings, served_schema: Schema) -> PersistedDocuments:
    texts = read_manifests(settings.documents, served_schema.documents)
    return PersistedDocuments(texts, only=settings.documents_only)
