"""Carrying a change of the directory out: what was filled in, one transaction, and what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any, TypeVar

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.payloads import ERRORS, UserErrorType, user_errors
from osit_graphql.api.types.directory import Application, Cause, Service, Site
from osit_graphql.api.types.users import User
from osit_graphql.db.engine import Session
from osit_graphql.db.retry import whole
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory.sheets import Sheet

S = TypeVar("S", bound=Sheet)
Verb = Callable[[Session, Viewer], Awaitable[int]]

NOW = "Current state. Null if refused."
REFERENCES = {
    "service_id": (global_ids.Kind.SERVICE, "serviceId"),
    "default_service_id": (global_ids.Kind.SERVICE, "defaultServiceId"),
    "site_id": (global_ids.Kind.SITE, "siteId"),
}


@strawberry.type(description="Result of `userCreate` and `userUpdate`.")
class UserPayload:
    """The contract's."""

    user: User | None = strawberry.field(description="Current state. Null if refused.")
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of `serviceCreate` and `serviceUpdate`.")
class ServicePayload:
    """The contract's."""

    service: Service | None = strawberry.field(description=NOW)
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of `applicationCreate` and `applicationUpdate`.")
class ApplicationPayload:
    """The contract's."""

    application: Application | None = strawberry.field(description=NOW)
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of `siteCreate` and `siteUpdate`.")
class SitePayload:
    """The contract's."""

    site: Site | None = strawberry.field(description=NOW)
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of `causeCreate` and `causeUpdate`.")
class CausePayload:
    """The contract's."""

    cause: Cause | None = strawberry.field(description=NOW)
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


def sheet_of(kind: Callable[..., S], filled: Any) -> S:
    """Turn an input into a sheet: what is absent stays so, and ids are decoded."""
    values = {box.name: getattr(filled, box.name) for box in fields(filled)}
    said = {name: value for name, value in values.items() if value is not strawberry.UNSET}
    for name, (of, argument) in REFERENCES.items():
        if name in said:
            said[name] = global_ids.decode_optional(of, said[name], ("input", argument))
    return kind(**said)


async def keep(info: Info, verb: Verb) -> tuple[int | None, list[UserErrorType]]:
    """Run the verb in one transaction; return which entry it was, or what is wrong."""
    context = info.context
    context.clear_loaders()
    try:
        return await whole(context.database, context.viewer, lambda session: verb(session, context.viewer)), []
    except Refused as refused:
        return None, user_errors(context, refused)
