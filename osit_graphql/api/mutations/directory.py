"""Directory mutations: people, services, applications, sites and causes are created and changed, never deleted."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Annotated, Any, NamedTuple, TypeVar

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.authorization import authorized_mutation
from osit_graphql.api.context import Info
from osit_graphql.api.global_ids import Kind
from osit_graphql.api.inputs import directory as inputs
from osit_graphql.api.payloads import Payload, UserErrorType, user_errors
from osit_graphql.api.strawberry_adapter import value_or_none
from osit_graphql.api.types.directory import Application, Cause, Service, Site, load_entry
from osit_graphql.api.types.users import User
from osit_graphql.db.engine import Session, run_with_retry
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory import catalog, people
from osit_graphql.services.directory.record_editor import DirectoryInput

S = TypeVar("S", bound=DirectoryInput)
T = TypeVar("T")
Command = Callable[[Session, Viewer], Awaitable[T]]

FIELDS = strawberry.argument(description="Fields.")
CHANGES = strawberry.argument(description="Changes.")
UserId = Annotated[strawberry.ID, strawberry.argument(description="Person.")]
REFERENCES = {
    "service_id": (Kind.SERVICE, "serviceId"),
    "default_service_id": (Kind.SERVICE, "defaultServiceId"),
    "site_id": (Kind.SITE, "siteId"),
}


def payload_of(type_: Any) -> Any:
    """Return the payload of a type's mutations: `ServicePayload`, with a field `service`, for `Service`."""
    name = type_.__name__.lower()

    @strawberry.type(name=f"{type_.__name__}Payload", description=f"Result of `{name}Create` and `{name}Update`.")
    class EntryPayload(Payload):
        entry: type_ | None = strawberry.field(name=name, description="Current state. Null if refused.")

    return EntryPayload


def to_service_input(type_: Callable[..., S], input: Any) -> S:
    """Convert an input to the service's: absent fields stay absent, and IDs are decoded."""
    values = {field.name: getattr(input, field.name) for field in fields(input)}
    values = {name: value for name, value in values.items() if value is not strawberry.UNSET}
    for name, (kind, argument) in REFERENCES.items():
        if name in values:
            values[name] = global_ids.decode_optional(kind, values[name], ("input", argument))
    return type_(**values)


async def run_directory_command(info: Info, command: Command[T]) -> tuple[T | None, list[UserErrorType]]:
    """Run a command in one transaction; return its result, or None and the user errors."""
    context = info.context
    context.clear_loaders()
    try:
        return await run_with_retry(
            context.database, context.viewer, lambda session: command(session, context.viewer)
        ), []
    except Refused as refused:
        return None, user_errors(context, refused)


class EntryType(NamedTuple):
    """A type of directory entries that administrators manage, with its inputs and its payload."""

    graphql_type: Any
    kind: Kind
    create_input: Any
    update_input: Any
    service_input: type[DirectoryInput]
    payload: Any

    async def run(self, info: Info, command: Command[int]) -> Any:
        """Run a command on an entry and return the payload."""
        key, errors = await run_directory_command(info, command)
        entry = None if key is None else await load_entry(info, self.graphql_type, key)
        return self.payload(entry=entry, user_errors=errors)


SERVICE = EntryType(
    Service,
    Kind.SERVICE,
    inputs.ServiceCreateInput,
    inputs.ServiceUpdateInput,
    catalog.ServiceInput,
    payload_of(Service),
)
APPLICATION = EntryType(
    Application,
    Kind.APPLICATION,
    inputs.ApplicationCreateInput,
    inputs.ApplicationUpdateInput,
    catalog.ApplicationInput,
    payload_of(Application),
)
SITE = EntryType(Site, Kind.SITE, inputs.SiteCreateInput, inputs.SiteUpdateInput, catalog.SiteInput, payload_of(Site))
CAUSE = EntryType(
    Cause, Kind.CAUSE, inputs.CauseCreateInput, inputs.CauseUpdateInput, catalog.CauseInput, payload_of(Cause)
)


@strawberry.type(description="Result of `userCreate` and `userUpdate`.")
class UserPayload(Payload):
    user: User | None = strawberry.field(description="Current state. Null if refused.")
    service_without_technicians: Service | None = strawberry.field(
        default=None,
        description="Service that this change left without any active technician: nobody works on its tickets. "
        "Null if there is none.",
    )


def create_mutation(entry: EntryType, description: str) -> Any:
    """Return the mutation that creates an entry."""

    async def resolve(info: Info, input: Annotated[entry.create_input, FIELDS]) -> entry.payload:  # type: ignore[name-defined]
        fields, zone = to_service_input(entry.service_input, input), info.context.settings.zone
        return await entry.run(info, lambda s, v: catalog.create_entry(s, v, fields, zone=zone))

    return authorized_mutation(description, Permission.MANAGE_DIRECTORY)(resolve)


def update_mutation(entry: EntryType, description: str) -> Any:
    """Return the mutation that changes an entry."""
    id_argument = strawberry.argument(description=f"{entry.graphql_type.__name__}.")

    async def resolve(
        info: Info,
        id: Annotated[strawberry.ID, id_argument],
        input: Annotated[entry.update_input, CHANGES],  # type: ignore[name-defined]
    ) -> entry.payload:  # type: ignore[name-defined]
        key = global_ids.decode(entry.kind, id, ("id",))
        fields, zone = to_service_input(entry.service_input, input), info.context.settings.zone
        return await entry.run(info, lambda s, v: catalog.update_entry(s, v, key, fields, zone=zone))

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
        person = to_service_input(people.PersonInput, input)
        key, errors = await run_directory_command(info, lambda s, v: people.create_person(s, v, person))
        return UserPayload(user=await _load_person(info, key), user_errors=errors)

    @authorized_mutation(
        "Change a person. Deactivation or a new password ends their sessions and API tokens. API tokens "
        "can't set passwords.",
        Permission.MANAGE_DIRECTORY,
    )
    async def user_update(
        self, info: Info, id: UserId, input: Annotated[inputs.UserUpdateInput, CHANGES]
    ) -> UserPayload:
        _authorize_password(info, input.password)
        key = global_ids.decode(Kind.USER, id, ("id",))
        person = to_service_input(people.PersonInput, input)
        updated, errors = await run_directory_command(info, lambda s, v: people.update_person(s, v, key, person))
        if updated is None:
            return UserPayload(user=None, user_errors=errors)
        service_id = updated.service_without_technicians
        left = None if service_id is None else await load_entry(info, Service, service_id)
        user = await _load_person(info, updated.person_id)
        return UserPayload(user=user, service_without_technicians=left, user_errors=errors)

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


async def _load_person(info: Info, key: int | None) -> User | None:
    row = None if key is None else await info.context.loaders.person(key)
    return None if row is None else User.from_row(row)
