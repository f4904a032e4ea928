"""Queries of people, services, applications, sites and causes."""

from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.authorization import authorized_field
from osit_graphql.api.context import Info
from osit_graphql.api.inputs.reports import Period
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.row_types import counted
from osit_graphql.api.strawberry_adapter import is_set, value_or_none
from osit_graphql.api.types.directory import MODELS, Application, Cause, Service, Site
from osit_graphql.api.types.directory_changes import DirectoryChangeConnection, decode_object
from osit_graphql.api.types.relay import After, Before, First, Last, page_args
from osit_graphql.api.types.users import UserConnection
from osit_graphql.domain import date_range
from osit_graphql.domain.enums import ApiArea, Permission, Role
from osit_graphql.services.queries import directory, directory_changes, people, person_search

Search = Annotated[
    str | None,
    strawberry.argument(
        description="Parts of a name, e-mail address or phone number, all required, in any order. Case, accents and "
        "phone formats don't matter; extensions match. At most 200 characters; a blank string is ignored, and a "
        "text without a letter or digit is refused with BAD_USER_INPUT."
    ),
]

Active = Annotated[bool | None, strawberry.argument(description="Filter by active or inactive. Default: all.")]


def entry_list(type_: Any, name: str) -> Any:
    """Return the root field of all entries of a type, for every signed-in viewer."""

    async def resolve(info: Info, active: Active = UNSET) -> list[type_]:
        async with info.context.reading() as session:
            rows = await directory.list_all(session, MODELS[type_], active=active if is_set(active) else None)
        return [type_.from_row(row) for row in rows]

    return authorized_field(f"All {name}, ordered by name.", area=ApiArea.NAMES)(resolve)


@strawberry.type
class DirectoryQueries:
    @authorized_field("People, ordered by name; with `search`, best match first.", Permission.READ_PEOPLE)
    async def users(
        self,
        info: Info,
        search: Search = UNSET,
        roles: Annotated[list[Role] | None, strawberry.argument(description="People with any of these roles.")] = UNSET,
        service_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Technicians of this service.")
        ] = UNSET,
        site_id: Annotated[strawberry.ID | None, strawberry.argument(description="People at this site.")] = UNSET,
        active: Active = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> UserConnection | None:
        """List people; null, with an error, for viewers who may not read people."""
        people_filter = people.PeopleFilter(
            roles=tuple(sorted(set(roles))) if is_set(roles) and roles is not None else None,
            service_id=global_ids.decode_optional(global_ids.Kind.SERVICE, value_or_none(service_id), ("serviceId",)),
            site_id=global_ids.decode_optional(global_ids.Kind.SITE, value_or_none(site_id), ("siteId",)),
            active=active if is_set(active) else None,
            search=person_search.parse_person_search(search, ("search",))
            if is_set(search) and search is not None
            else None,
        )
        page, with_total = page_args(first, after, last, before), "totalCount" in selection_of(info)
        async with info.context.reading() as session:
            result, total = await people.page(session, info.context.viewer, people_filter, page, counted=with_total)
        return UserConnection.of(result, counted(total))

    @authorized_field(
        "Changes of people, their rights and the directory, latest first.", Permission.READ_DIRECTORY_CHANGES
    )
    async def directory_changes(
        self,
        info: Info,
        object_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Changes of this user, service, application, site or cause."),
        ] = UNSET,
        actor_id: Annotated[strawberry.ID | None, strawberry.argument(description="Changes by this user.")] = UNSET,
        period: Annotated[Period | None, strawberry.argument(description="Filter by date.")] = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> DirectoryChangeConnection | None:
        """List changes; null, with an error, for viewers who may not read them."""
        dates, context = value_or_none(period), info.context
        change_filter = directory_changes.ChangeFilter(
            changed=decode_object(value_or_none(object_id)),
            actor_id=global_ids.decode_optional(global_ids.Kind.USER, value_or_none(actor_id), ("actorId",)),
            period=None if dates is None else date_range.Period(*dates.days()),
        )
        page, with_total = page_args(first, after, last, before), "totalCount" in selection_of(info)
        async with context.reading() as session:
            result, total = await directory_changes.page(
                session, context.viewer, change_filter, context.settings.zone, page, counted=with_total
            )
        return DirectoryChangeConnection.of(result, counted(total))

    services = entry_list(Service, "services")
    applications = entry_list(Application, "applications")
    sites = entry_list(Site, "sites")
    causes = entry_list(Cause, "causes")
