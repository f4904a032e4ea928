"""Queries for objects by their global IDs, and for the viewer."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.authorization import authorized_field
from osit_graphql.api.context import Info
from osit_graphql.api.global_ids import Kind, parse
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.queries.reports import find_recurrences
from osit_graphql.api.types.activities import activity_columns, to_activity
from osit_graphql.api.types.api_tokens import find_token
from osit_graphql.api.types.directory import Application, Cause, Service, Site, load_entry
from osit_graphql.api.types.directory_changes import find_change
from osit_graphql.api.types.meetings import load_meeting
from osit_graphql.api.types.relay import Node
from osit_graphql.api.types.tickets import Ticket, ticket_columns
from osit_graphql.api.types.users import User
from osit_graphql.api.types.viewer import Viewer
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.user_errors import Path
from osit_graphql.services.queries.keyset_pagination import MAX_PAGE_SIZE

ANY = ApiArea.ONESELF
Find = Callable[[Info, int], Awaitable[Node | None]]
TOKENS = "API tokens need the scope of each object's type."


async def _ticket(info: Info, key: int) -> Node | None:
    row = await info.context.loaders.ticket(key, ticket_columns(selection_of(info)))
    return None if row is None else Ticket.from_row(row)


async def _activity(info: Info, key: int) -> Node | None:
    row = await info.context.loaders.activity(key, activity_columns(selection_of(info)))
    return None if row is None else to_activity(row)


async def _user(info: Info, key: int) -> Node | None:
    row = await info.context.loaders.person(key)
    return None if row is None else User.from_row(row)


def _entry(type_: Any) -> Find:
    async def find(info: Info, key: int) -> Node | None:
        return await load_entry(info, type_, key)

    return find


async def _no_node(_info: Info, _key: int) -> None:
    """Find nothing: a viewer is no `Node`, only the field `viewer` returns it."""


FINDERS: dict[Kind, tuple[ApiArea, Find]] = {
    Kind.TICKET: (ApiArea.TICKETS, _ticket),
    Kind.ACTIVITY: (ApiArea.TICKETS, _activity),
    Kind.USER: (ApiArea.NAMES, _user),
    Kind.SERVICE: (ApiArea.NAMES, _entry(Service)),
    Kind.APPLICATION: (ApiArea.NAMES, _entry(Application)),
    Kind.SITE: (ApiArea.NAMES, _entry(Site)),
    Kind.CAUSE: (ApiArea.NAMES, _entry(Cause)),
    Kind.MEETING: (ApiArea.TICKETS, load_meeting),
    Kind.API_TOKEN: (ApiArea.DIRECTORY, find_token),
    Kind.VIEWER: (ApiArea.ONESELF, _no_node),
    Kind.DIRECTORY_CHANGE: (ApiArea.DIRECTORY, find_change),
}


def _finder(info: Info, text: str, path: Path) -> Callable[[], Awaitable[Node | None]]:
    """Decode the global ID of a row, and return a function that loads it; a token needs the scope of its kind."""
    kind, key = parse(text, path)
    area, find = FINDERS[kind]
    permissions.require_scope(info.context.viewer.scopes, area)
    return partial(find, info, key)


async def _find(info: Info, paths: dict[Path, str]) -> list[Node | None]:
    """Return the objects of global IDs, each by its argument's path; one statement serves all rows of a kind."""
    recurrences = {
        path: global_ids.decode_recurrence(text, path)
        for path, text in paths.items()
        if global_ids.is_recurrence_id(text)
    }
    finders = {path: _finder(info, text, path) for path, text in paths.items() if path not in recurrences}
    recurrence_nodes = await find_recurrences(info, recurrences.values())
    rows = await asyncio.gather(*(find() for find in finders.values()))
    nodes = dict(zip(recurrences, recurrence_nodes, strict=True)) | dict(zip(finders, rows, strict=True))
    return [nodes[path] for path in paths]


@strawberry.type
class NodeQueries:
    @authorized_field(f"Object by global ID. Null if missing or hidden; both look identical. {TOKENS}", area=ANY)
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Global ID.")]
    ) -> Node | None:
        return (await _find(info, {("id",): id}))[0]

    @authorized_field(f"Objects by global ID, in the same order, at most 100. {TOKENS}", area=ANY)
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global IDs.")]
    ) -> list[Node | None]:
        if len(ids) > MAX_PAGE_SIZE:
            raise BadInput("At most {limit} ids at once.", argument=("ids",), limit=MAX_PAGE_SIZE)
        return await _find(info, {("ids", str(at)): text for at, text in enumerate(ids)})

    @authorized_field("The viewer.", area=ANY)
    async def viewer(self) -> Viewer:
        return Viewer()
