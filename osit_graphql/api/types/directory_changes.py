"""The history of the directory: who changed which person, right or entry, from what to what."""

from datetime import datetime
from typing import ClassVar

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.row_fields import JoinedField
from osit_graphql.api.row_types import ConnectionBase, FieldSources, RowBacked, connection_of, row_backed
from osit_graphql.api.types.relay import Node
from osit_graphql.api.types.users import User
from osit_graphql.domain.enums import ChangeSource, DirectoryChangeKind, DirectoryObject
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.queries import directory_changes

KINDS = {each: global_ids.Kind[each.name] for each in DirectoryObject}
OBJECTS = {kind: each for each, kind in KINDS.items()}


@strawberry.type(
    description="Changed field. Values of passwords and phone numbers of people are not stored: both lists are empty."
)
class FieldChange:
    field: str = strawberry.field(
        description="Name of the field, as in the type of the object; `password`, `hourlyRateFrom`, `sessions`, "
        "`apiToken`, `scopes`, `expiresAt`, `issuer` and `subject` besides."
    )
    old: list[str] = strawberry.field(
        description="Previous value: one text, several for roles and scopes, none if empty. Names in place of IDs."
    )
    new: list[str] = strawberry.field(description="New value, in the same form.")


@row_backed(global_ids.Kind.DIRECTORY_CHANGE)
@strawberry.type(description="Change of a person, their rights or another directory entry: one row of its history.")
class DirectoryChange(RowBacked, Node):
    created_at: datetime = strawberry.field(description="Time of the change.")
    kind: DirectoryChangeKind = strawberry.field(description="Kind of change.")
    source: ChangeSource = strawberry.field(description="Origin of the change.")
    actor: User | None = strawberry.field(description="Person who made the change. Null unless `source` is API.")
    object_name: str = strawberry.field(description="Name of the changed object after the change.")
    field_sources: ClassVar[FieldSources] = {"actor": JoinedField(User, "actor__")}

    @strawberry.field(
        description="ID of the changed object: a user, service, application, site or cause. API tokens, sessions and "
        "identities belong to their user."
    )
    def object_id(self) -> strawberry.ID:
        kind = KINDS[DirectoryObject(self.row["object_kind"])]
        return strawberry.ID(global_ids.encode(kind, self.row["object_id"]))

    @strawberry.field(description="Changed fields.")
    def fields(self) -> list[FieldChange]:
        return [FieldChange(**each) for each in self.row["fields"]]


@connection_of(DirectoryChange, "Change", "Page of changes.")
class DirectoryChangeConnection(ConnectionBase):
    """Page of changes."""


def decode_object(text: str | None) -> tuple[DirectoryObject, int] | None:
    """Return the kind and the row number of a changed object, None for None. Raises `BadInput` for other kinds."""
    if text is None:
        return None
    kind, key = global_ids.parse(text, ("objectId",))
    if kind not in OBJECTS:
        raise BadInput(global_ids.WRONG_KIND, argument=("objectId",))
    return OBJECTS[kind], key


async def find_change(info: Info, key: int) -> Node | None:
    """Return a change that the viewer may read; None for any other."""
    async with info.context.reading() as session:
        row = (await directory_changes.by_ids(session, info.context.viewer, [key])).get(key)
    return None if row is None else DirectoryChange.from_row(row)
