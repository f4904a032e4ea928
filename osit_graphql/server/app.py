"""The composition root: settings and a database become the web application."""

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from osit_graphql.api.context import ContextMaker
from osit_graphql.api.query_cost import Limits
from osit_graphql.api.schema import build_schema, default_schema
from osit_graphql.db.engine import Database
from osit_graphql.db.schema import version
from osit_graphql.http import (
    COMPRESSED,
    LEVEL,
    Application,
    NoIntrospection,
    Protection,
    Proxies,
    RequestLog,
    Schema,
    TrustedDocuments,
    TrustedProxies,
    admit,
    cross_origin,
    endpoint,
    graphiql,
    health_routes,
    read_manifests,
)
from osit_graphql.services.auth.oidc import Issuer
from osit_graphql.settings import Settings


def build(
    settings: Settings,
    database: Database,
    *,
    replica: Database | None = None,
    demo_accounts: Sequence[graphiql.DemoAccount] = (),
    draining: Callable[[], bool] = lambda: False,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """Put the application together; whoever calls opens the databases and closes them, and `state.admission` too."""
    served, admission = _choose_schema(settings), admit(settings)

    async def answers() -> bool:
        await database.ping()
        return True

    async def migrated() -> bool:
        return await version.find_fault(database) is None

    graphql = endpoint(
        served,
        ContextMaker(database, settings, replica, Issuer.named_by(settings)),
        trusted=_trust(settings, served),
        admission=admission,
        body_limit=settings.max_body,
        timeout=settings.request_timeout,
    )
    routes: list[BaseRoute] = [graphql, *health_routes(database=answers, migrations=migrated, draining=draining)]
    if settings.development:
        routes += graphiql.routes(demo_accounts=demo_accounts)
        routes.append(Route("/", lambda _request: RedirectResponse("/graphiql")))
    proxies, origins = Proxies(settings.trusted_proxies), cross_origin(settings.cors_origins)
    application = Application(
        graphql, proxies, origins, routes=routes, middleware=_wrap(proxies, origins), lifespan=lifespan
    )
    application.state.admission = admission
    return application


def _choose_schema(settings: Settings) -> Schema:
    rules, limits = () if settings.development else (NoIntrospection,), Limits.of(settings)
    if (rules, limits) == ((), Limits()):
        return default_schema(settings.executor)
    return build_schema(executor=settings.executor, rules=rules, limits=limits)


def _wrap(proxies: Proxies, origins: Sequence[Middleware]) -> list[Middleware]:
    """Return what a request goes through that isn't the endpoint's, the outermost first."""
    return [
        Middleware(TrustedProxies, proxies=proxies),
        Middleware(Protection),
        Middleware(RequestLog),
        *origins,
        Middleware(GZipMiddleware, minimum_size=COMPRESSED, compresslevel=LEVEL),
    ]


def _trust(settings: Settings, served: Schema) -> TrustedDocuments:
    return TrustedDocuments(read_manifests(settings.documents, served.documents), only=settings.documents_only)
