"""Directory mutations: people, services, applications, sites and causes are created and changed, never deleted."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Annotated, Any, NamedTuple, TypeVar

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.arguments import value_or_none
from osit_graphql.api.authorization import authorized_mutation
from osit_graphql.api.context import Info
from osit_graphql.api.inputs import directory as inputs
from osit_graphql.api.payloads import Payload, UserErrorType, user_errors
from osit_graphql.api.types.directory import Application, Cause, Service, Site, load_entry
from osit_graphql.api.types.users import User
from osit_graphql.db.engine import Session
from osit_graphql.db.retry import run_with_retry
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services import directory
from osit_graphql.services.directory.record_editor import DirectoryInput

S = TypeVar("S", bound=DirectoryInput)
Command = Callable[[Session, Viewer], Awaitable[int]]

CURRENT_STATE = "Current state. Null if refused."
FIELDS = strawberry.argument(description="Fields.")
CHANGES = strawberry.argument(description="Changes.")
UserId = Annotated[strawberry.ID, strawberry.argument(description="Person.")]
REFERENCES = {
    "service_id": (global_ids.Kind.SERVICE, "serviceId"),
    "default_service_id": (global_ids.Kind.SERVICE, "defaultServiceId"),
    "site_id": (global_ids.Kind.SITE, "siteId"),
}


@strawberry.type(description="Result of `userCreate` and `userUpdate`.")
class UserPayload(Payload):
    user: User | None = strawberry.field(description=CURRENT_STATE)


@strawberry.type(description="Result of `serviceCreate` and `serviceUpdate`.")
class ServicePayload(Payload):
    service: Service | None = strawberry.field(description=CURRENT_STATE)


@strawberry.type(description="Result of `applicationCreate` and `applicationUpdate`.")
class ApplicationPayload(Payload):
    application: Application | None = strawberry.field(description=CURRENT_STATE)


@strawberry.type(description="Result of `siteCreate` and `siteUpdate`.")
class SitePayload(Payload):
    site: Site | None = strawberry.field(description=CURRENT_STATE)


@strawberry.type(description="Result of `causeCreate` and `causeUpdate`.")
class CausePayload(Payload):
    cause: Cause | None = strawberry.field(description=CURRENT_STATE)


def to_service_input(type_: Callable[..., S], input: Any) -> S:
    """Convert an input to the service's: absent fields stay absent, and IDs are decoded."""
    values = {field.name: getattr(input, field.name) for field in fields(input)}
    values = {name: value for name, value in values.items() if value is not strawberry.UNSET}
    for name, (kind, argument) in REFERENCES.items():
        if name in values:
            values[name] = global_ids.decode_optional(kind, values[name], ("input", argument))
    return type_(**values)


async def run_directory_command(info: Info, command: Command) -> tuple[int | None, list[UserErrorType]]:
    """Run a command in one transaction; return the row number of its entry, or the user errors."""
    context = info.context
    context.clear_loaders()
    try:
        return await run_with_retry(
            context.database, context.viewer, lambda session: command(session, context.viewer)
        ), []
    except Refused as refused:
        return None, user_errors(context, refused)


class EntryType(NamedTuple):
    """A type of directory entries that administrators manage: its inputs, its payload, and the service's functions."""

    type: Any
    name: str
    kind: global_ids.Kind
    payload: Any
    create_input: Any
    update_input: Any
    service_input: Any
    create: Callable[..., Awaitable[int]]
    update: Callable[..., Awaitable[int]]
    needs_zone: bool = False

    async def run(self, info: Info, command: Callable[..., Awaitable[int]], *arguments: Any) -> Any:
        """Run the service's function and return the payload."""
        options = {"zone": info.context.settings.zone} if self.needs_zone else {}
        key, errors = await run_directory_command(info, lambda s, v: command(s, v, *arguments, **options))
        entry = None if key is None else await load_entry(info, self.type, key)
        return self.payload(**{self.name: entry}, user_errors=errors)


SERVICE = EntryType(
    type=Service,
    name="service",
    kind=global_ids.Kind.SERVICE,
    payload=ServicePayload,
    create_input=inputs.ServiceCreateInput,
    update_input=inputs.ServiceUpdateInput,
    service_input=directory.ServiceInput,
    create=directory.create_service,
    update=directory.update_service,
    needs_zone=True,
)
APPLICATION = EntryType(
    type=Application,
    name="application",
    kind=global_ids.Kind.APPLICATION,
    payload=ApplicationPayload,
    create_input=inputs.ApplicationCreateInput,
    update_input=inputs.ApplicationUpdateInput,
    service_input=directory.ApplicationInput,
    create=directory.create_application,
    update=directory.update_application,
)
SITE = EntryType(
    type=Site,
    name="site",
    kind=global_ids.Kind.SITE,
    payload=SitePayload,
    create_input=inputs.SiteCreateInput,
    update_input=inputs.SiteUpdateInput,
    service_input=directory.SiteInput,
    create=directory.create_site,
    update=directory.update_site,
)
CAUSE = EntryType(
    type=Cause,
    name="cause",
    kind=global_ids.Kind.CAUSE,
    payload=CausePayload,
    create_input=inputs.CauseCreateInput,
    update_input=inputs.CauseUpdateInput,
    service_input=directory.CauseInput,
    create=directory.create_cause,
    update=directory.update_cause,
)


def create_mutation(entry: EntryType, description: str) -> Any:
    """Return the mutation that creates an entry."""

    async def resolve(info: Info, input: Annotated[entry.create_input, FIELDS]) -> entry.payload:  # type: ignore[name-defined]
        return await entry.run(info, entry.create, to_service_input(entry.service_input, input))

    return authorized_mutation(description, Permission.MANAGE_DIRECTORY)(resolve)


def update_mutation(entry: EntryType, description: str) -> Any:
    """Return the mutation that changes an entry."""
    id_argument = strawberry.argument(description=f"{entry.name.capitalize()}.")

    async def resolve(
        info: Info,
        id: Annotated[strawberry.ID, id_argument],
        input: Annotated[entry.update_input, CHANGES],  # type: ignore[name-defined]
    ) -> entry.payload:  # type: ignore[name-defined]
        key = global_ids.decode(entry.kind, id, ("id",))
        return await entry.run(info, entry.update, key, to_service_input(entry.service_input, input))

    return authorized_mutation(description, Permission.MANAGE_DIRECTORY)(resolve)


@strawberry.type
class DirectoryMutations:
    @authorized_mutation(
        "Create a person. OPERATOR may create requesters without a password only. API tokens can't set passwords.",
        Permission.CREATE_REQUESTER,
    )
    async def user_create(self, info: Info, input: Annotated[inputs.UserCreateInput, FIELDS]) -> UserPayload:
        """See `services.directory.create_person`; viewers without permission are refused before any ID is decoded."""
        with_password = value_or_none(input.password) is not None
        _authorize_password(info, input.password)
        permissions.authorize_person_creation(info.context.viewer.roles, input.roles, with_password=with_password)
        person = to_service_input(directory.PersonInput, input)
        return await _run_on_person(info, lambda s, v: directory.create_person(s, v, person))

    @authorized_mutation(
        "Change a person. Deactivation or a new password ends their sessions and API tokens. API tokens "
        "can't set passwords.",
        Permission.MANAGE_DIRECTORY,
    )
    async def user_update(
        self, info: Info, id: UserId, input: Annotated[inputs.UserUpdateInput, CHANGES]
    ) -> UserPayload:
        _authorize_password(info, input.password)
        key, person = (
            global_ids.decode(global_ids.Kind.USER, id, ("id",)),
            to_service_input(directory.PersonInput, input),
        )
        return await _run_on_person(info, lambda s, v: directory.update_person(s, v, key, person))

    service_create = create_mutation(SERVICE, "Create a service.")
    service_update = update_mutation(SERVICE, "Change a service. A new rate applies from today on.")
    application_create = create_mutation(APPLICATION, "Create an application.")
    application_update = update_mutation(APPLICATION, "Change an application.")
    site_create = create_mutation(SITE, "Create a site.")
    site_update = update_mutation(SITE, "Change a site.")
    cause_create = create_mutation(CAUSE, "Create a cause.")
    cause_update = update_mutation(CAUSE, "Change a cause.")


def _authorize_password(info: Info, password: str | None) -> None:
    """Refuse a password from an API token, before any ID is decoded."""
    if value_or_none(password) is not None:
        permissions.require_scope(info.context.viewer.scopes, ApiArea.SIGN_INS)


async def _run_on_person(info: Info, command: Command) -> UserPayload:
    key, errors = await run_directory_command(info, command)
    row = None if key is None else await info.context.loaders.person(key)
    return UserPayload(user=None if row is None else User.from_row(row), user_errors=errors)
