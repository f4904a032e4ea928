"""Keeping the directory: people, services, applications, sites, causes are added and changed, never deleted."""

from typing import Annotated

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.arguments import given
from osit_graphql.api.authorization import authorized_mutation
from osit_graphql.api.context import Info
from osit_graphql.api.inputs import directory as inputs
from osit_graphql.api.mutations.entries import (
    ApplicationPayload,
    CausePayload,
    ServicePayload,
    SitePayload,
    UserPayload,
    Verb,
    keep,
    sheet_of,
)
from osit_graphql.api.types import directory as types
from osit_graphql.api.types.users import User
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission
from osit_graphql.services import directory

FILLED = strawberry.argument(description="Fields.")
CHANGED = strawberry.argument(description="Changes.")

UserId = Annotated[strawberry.ID, strawberry.argument(description="Person.")]
ServiceId = Annotated[strawberry.ID, strawberry.argument(description="Service.")]
ApplicationId = Annotated[strawberry.ID, strawberry.argument(description="Application.")]
SiteId = Annotated[strawberry.ID, strawberry.argument(description="Site.")]
CauseId = Annotated[strawberry.ID, strawberry.argument(description="Cause.")]


@strawberry.type
class DirectoryMutations:
    """Mixed into `Mutation`."""

    @authorized_mutation(
        "Create a person. OPERATOR may create requesters without a password only. API tokens can't set passwords.",
        Permission.CREATE_REQUESTER,
    )
    async def user_create(self, info: Info, input: Annotated[inputs.UserCreateInput, FILLED]) -> UserPayload:
        """See `services.directory.create_person`; who may not is told so before any id is read."""
        with_password = given(input.password) is not None
        _authorize_password(info, input.password)
        permissions.authorize_person_creation(info.context.viewer.roles, input.roles, with_password=with_password)
        sheet = sheet_of(directory.PersonSheet, input)
        return await _user(info, lambda s, v: directory.create_person(s, v, sheet))

    @authorized_mutation(
        "Change a person. Deactivation or a new password ends their sessions and API tokens. API tokens "
        "can't set passwords.",
        Permission.MANAGE_DIRECTORY,
    )
    async def user_update(
        self, info: Info, id: UserId, input: Annotated[inputs.UserUpdateInput, CHANGED]
    ) -> UserPayload:
        """See `services.directory.update_person`."""
        _authorize_password(info, input.password)
        key, sheet = global_ids.decode(global_ids.Kind.USER, id, ("id",)), sheet_of(directory.PersonSheet, input)
        return await _user(info, lambda s, v: directory.update_person(s, v, key, sheet))

    @authorized_mutation("Create a service.", Permission.MANAGE_DIRECTORY)
    async def service_create(self, info: Info, input: Annotated[inputs.ServiceCreateInput, FILLED]) -> ServicePayload:
        """See `services.directory.create_service`."""
        sheet, zone = sheet_of(directory.ServiceSheet, input), info.context.settings.zone
        return await _service(info, lambda s, v: directory.create_service(s, v, sheet, zone=zone))

    @authorized_mutation("Change a service. A new rate applies from today on.", Permission.MANAGE_DIRECTORY)
    async def service_update(
        self, info: Info, id: ServiceId, input: Annotated[inputs.ServiceUpdateInput, CHANGED]
    ) -> ServicePayload:
        """See `services.directory.update_service`."""
        key, zone = global_ids.decode(global_ids.Kind.SERVICE, id, ("id",)), info.context.settings.zone
        sheet = sheet_of(directory.ServiceSheet, input)
        return await _service(info, lambda s, v: directory.update_service(s, v, key, sheet, zone=zone))

    @authorized_mutation("Create an application.", Permission.MANAGE_DIRECTORY)
    async def application_create(
        self, info: Info, input: Annotated[inputs.ApplicationCreateInput, FILLED]
    ) -> ApplicationPayload:
        """See `services.directory.create_application`."""
        sheet = sheet_of(directory.ApplicationSheet, input)
        return await _application(info, lambda s, v: directory.create_application(s, v, sheet))

    @authorized_mutation("Change an application.", Permission.MANAGE_DIRECTORY)
    async def application_update(
        self, info: Info, id: ApplicationId, input: Annotated[inputs.ApplicationUpdateInput, CHANGED]
    ) -> ApplicationPayload:
        """See `services.directory.update_application`."""
        key, sheet = (
            global_ids.decode(global_ids.Kind.APPLICATION, id, ("id",)),
            sheet_of(directory.ApplicationSheet, input),
        )
        return await _application(info, lambda s, v: directory.update_application(s, v, key, sheet))

    @authorized_mutation("Create a site.", Permission.MANAGE_DIRECTORY)
    async def site_create(self, info: Info, input: Annotated[inputs.SiteCreateInput, FILLED]) -> SitePayload:
        """See `services.directory.create_site`."""
        sheet = sheet_of(directory.SiteSheet, input)
        return await _site(info, lambda s, v: directory.create_site(s, v, sheet))

    @authorized_mutation("Change a site.", Permission.MANAGE_DIRECTORY)
    async def site_update(
        self, info: Info, id: SiteId, input: Annotated[inputs.SiteUpdateInput, CHANGED]
    ) -> SitePayload:
        """See `services.directory.update_site`."""
        key, sheet = global_ids.decode(global_ids.Kind.SITE, id, ("id",)), sheet_of(directory.SiteSheet, input)
        return await _site(info, lambda s, v: directory.update_site(s, v, key, sheet))

    @authorized_mutation("Create a cause.", Permission.MANAGE_DIRECTORY)
    async def cause_create(self, info: Info, input: Annotated[inputs.CauseCreateInput, FILLED]) -> CausePayload:
        """See `services.directory.create_cause`."""
        sheet = sheet_of(directory.CauseSheet, input)
        return await _cause(info, lambda s, v: directory.create_cause(s, v, sheet))

    @authorized_mutation("Change a cause.", Permission.MANAGE_DIRECTORY)
    async def cause_update(
        self, info: Info, id: CauseId, input: Annotated[inputs.CauseUpdateInput, CHANGED]
    ) -> CausePayload:
        """See `services.directory.update_cause`."""
        key, sheet = global_ids.decode(global_ids.Kind.CAUSE, id, ("id",)), sheet_of(directory.CauseSheet, input)
        return await _cause(info, lambda s, v: directory.update_cause(s, v, key, sheet))


def _authorize_password(info: Info, password: str | None) -> None:
    """Refuse it of a token before any id is read, as the service does."""
    if given(password) is not None:
        permissions.require_scope(info.context.viewer.scopes, ApiArea.SIGN_INS)


async def _user(info: Info, verb: Verb) -> UserPayload:
    key, wrong = await keep(info, verb)
    row = None if key is None else await info.context.loaders.person(key)
    return UserPayload(user=None if row is None else User.from_row(row), user_errors=wrong)


async def _service(info: Info, verb: Verb) -> ServicePayload:
    key, wrong = await keep(info, verb)
    return ServicePayload(service=None if key is None else await types.service(info, key), user_errors=wrong)


async def _application(info: Info, verb: Verb) -> ApplicationPayload:
    key, wrong = await keep(info, verb)
    return ApplicationPayload(
        application=None if key is None else await types.application(info, key), user_errors=wrong
    )


async def _site(info: Info, verb: Verb) -> SitePayload:
    key, wrong = await keep(info, verb)
    return SitePayload(site=None if key is None else await types.site(info, key), user_errors=wrong)


async def _cause(info: Info, verb: Verb) -> CausePayload:
    key, wrong = await keep(info, verb)
    return CausePayload(cause=None if key is None else await types.cause(info, key), user_errors=wrong)
