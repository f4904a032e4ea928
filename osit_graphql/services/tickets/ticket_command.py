"""The steps that all commands on a ticket share, from the row lock to the rows that are written.

load_for_update → checks of the command → apply_last → CommandResult

The activity is inserted from the rows that the UPDATE returns, so neither is written without the other. If it is the
command's last write, the same statement also returns the columns of the response.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CTE, Integer, Select, cast, insert, literal_column, select, true, update

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Activity, Ticket
from osit_graphql.db.statements import NO_VALUES, Row, Statement, Values, column_params, param, param_values
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import Action, ActivityKind, Role
from osit_graphql.domain.user_errors import NotFound, StaleVersion
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.idempotency import store_activity
from osit_graphql.services.queries import activities
from osit_graphql.services.queries.ticket_select import select_tickets_from
from osit_graphql.services.queries.ticket_with_history import TicketRow, prefixed_columns, ticket_row
from osit_graphql.services.validation import InputValidator, at

BASE_COLUMNS: Final = (Ticket.id, Ticket.status, Ticket.version)
# The other columns that a command reads from the locked ticket; a comment, for example, does not need the description.
COMMAND_COLUMNS: Final[Mapping[Action, Sequence[Any]]] = {
    Action.ASSIGN: (Ticket.assignee_id, Ticket.service_id),
    Action.PRIORITIZE: (Ticket.priority,),
    Action.QUALIFY: (
        Ticket.severity, Ticket.criticality, Ticket.application_id, Ticket.requester_id, Ticket.site_id,
        Ticket.title, Ticket.description, Ticket.priority_settled,
    ),
    Action.REOPEN: (Ticket.criticality, Ticket.reopen_count),
    Action.REROUTE: (Ticket.service_id, Ticket.reroute_count),
}  # fmt: skip
ACTIVITY = "activity_"  # prefix of the parameters of an activity's columns
KEY_COLUMNS: tuple[Any, ...] = (Ticket.id, Ticket.version)
TICKET_COLUMNS: tuple[Any, ...] = tuple(Ticket.__table__.c)
# A trigger indexes these columns together with the history: the activity is inserted in a later statement.
INDEXED_COLUMNS = frozenset({"title", "description"})


@dataclass(frozen=True, slots=True)
class ResponseColumns:
    """The columns of a command's response; `ticket` is None when the response has no ticket."""

    ticket: frozenset[str] | None
    activities: frozenset[str]


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The transaction and the viewer of a command, and the options of its caller.

    `response`: the columns of the response, when the statement that writes may return them.
    `idempotency_key`: the key of this transaction; the ids of the written rows are stored under it.
    """

    session: Session
    viewer: Viewer
    response: ResponseColumns | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenActivity:
    """An activity that was inserted; `has_response`: together with every column of the response."""

    row: Row
    has_response: bool = False
    ticket: TicketRow | None = None
    """The ticket as the viewer sees it now, when the response has it."""


@dataclass(frozen=True)
class CommandResult:
    """The rows that a command wrote: the ticket, and the activities, the command's main one first."""

    ticket_id: int
    activity_ids: tuple[int, ...]
    activities: Sequence[Row] | None = None
    """These activities, as `queries.activities.written_by_viewer` returns them; None when not read yet."""
    has_response: bool = False
    """Whether every column of `CommandContext.response` is here."""
    ticket: TicketRow | None = None
    """The ticket as the viewer sees it now, when it is part of the response and `has_response`."""


@dataclass
class TicketCommand:
    """A running command. `ticket` is the locked row; None, with an error in `validator`, if missing or hidden."""

    context: CommandContext
    action: Action
    ticket: Row | None
    comment: str | None
    validator: InputValidator
    at: datetime = field(default_factory=clock.now)
    written: list[WrittenActivity] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The transaction's session."""
        return self.context.session

    @property
    def viewer(self) -> Viewer:
        """The viewer who executes the command."""
        return self.context.viewer

    def require_ticket(self) -> Row:
        """Raise `Refused` if any error was recorded; otherwise return the locked ticket."""
        self.validator.check()
        if self.ticket is None:
            raise AssertionError("a missing ticket is always recorded as an error")
        return self.ticket

    async def apply(self, kind: ActivityKind, change: Values = NO_VALUES, **activity_values: Any) -> int:
        """Write the ticket's new values and the activity that records them; return the activity's id.

        The new version is the version of the locked row plus one.
        """
        return int((await self._apply(kind, change, activity_values, last=False)).row.id)

    async def apply_last(self, kind: ActivityKind, change: Values = NO_VALUES, **activity_values: Any) -> CommandResult:
        """Apply the command's last change, which may return the response; return the result."""
        await self._apply(kind, change, activity_values, last=True)
        return self.result()

    async def add_activity(self, kind: ActivityKind, **activity_values: Any) -> None:
        """Write another activity about the change that was just applied."""
        row = self._activity(kind, activity_values)
        self.written.append(await _add_activity(self.context, self.require_ticket(), row))

    def result(self) -> CommandResult:
        """Return the command's result so far."""
        return result_of(self.require_ticket().id, self.written)

    async def _apply(
        self, kind: ActivityKind, change: Values, activity_values: Values, *, last: bool
    ) -> WrittenActivity:
        written = await _update_ticket(
            self.context,
            self.require_ticket(),
            change={"updated_at": self.at, **change},
            activity_values=self._activity(kind, activity_values),
            last=last,
        )
        self.written.append(written)
        return written

    def _activity(self, kind: ActivityKind, activity_values: Values) -> dict[str, Any]:
        author = {"author_id": self.viewer.user_id, "created_at": self.at, "comment": self.comment}
        return {"kind": kind, **author, **activity_values}


async def load_for_update(
    context: CommandContext,
    action: Action,
    ticket_id: int | None,
    *,
    comment: str | None = None,
    expected_version: int | None = None,
) -> TicketCommand:
    """Lock the ticket if it is visible through a role that permits the action, and collect the user errors."""
    allowed_roles = permissions.authorize(context.viewer.roles, action)
    validator = InputValidator()
    ticket = None if ticket_id is None else await _lock(context, action, ticket_id, allowed_roles)
    if ticket is None:
        validator.add(NotFound(("id",)))
    else:
        if expected_version not in {None, ticket.version}:
            validator.add(StaleVersion(at("expectedVersion"), ticket.id))
        validator.add(*permissions.check_status(action, ticket.status))
    required = permissions.RULES[action].comment
    text = validator.text(comment, at("comment"), limit=permissions.COMMENT_LIMIT, required=required)
    return TicketCommand(context, action, ticket, text, validator)


async def _lock(context: CommandContext, action: Action, ticket_id: int, roles: frozenset[Role]) -> Row | None:
    def build(viewer: Viewer) -> Statement:
        columns = (*BASE_COLUMNS, *COMMAND_COLUMNS.get(action, ()))
        return visibility.lock_ticket(viewer, param("ticket_id"), *columns, roles=roles)

    rows = await statements.fetch_as(
        context.session, context.viewer, ("ticket for update", action, roles), build, {"ticket_id": ticket_id}
    )
    return rows[0] if rows else None


def result_of(ticket_id: int, written: Sequence[WrittenActivity]) -> CommandResult:
    """Return the result for written activities.

    An intervention is inserted after its activity, so the activities must be read again then.
    """
    rows, last = [each.row for each in written], written[-1]
    complete = all(row.kind is not ActivityKind.INTERVENTION for row in rows)
    ids = tuple(int(row.id) for row in rows)
    return CommandResult(ticket_id, ids, rows if complete else None, last.has_response, last.ticket)


Source = Callable[[Sequence[Any]], tuple[CTE | None, Select[Any]]]
"""Returns the CTE that writes the ticket and returns these columns, and a SELECT of the ticket's id and version."""


def insert_ticket(context: CommandContext, ticket: Values, activity_values: Values) -> Awaitable[WrittenActivity]:
    """Insert a ticket and the activity that opens it.

    PostgreSQL assigns the ticket's id, so the same statement sets the acting ticket.
    """

    def source(columns: Sequence[Any]) -> tuple[CTE, Select[Any]]:
        acting = visibility.set_acting_ticket(Ticket.id)
        opened = insert(Ticket).values(column_params(ticket)).returning(*columns, acting).cte("opened")
        return opened, select(cast(opened.c.acting, Integer), opened.c.version)

    return _write(
        context,
        ("insert ticket", *ticket),
        source=source,
        values=param_values(ticket),
        activity_values=activity_values,
        last=True,
    )


async def _update_ticket(
    context: CommandContext, ticket: Row, *, change: Values, activity_values: Values, last: bool
) -> WrittenActivity:
    """Update the ticket if it still has the version that was read, raise the version by one, and insert the activity.

    `last`: this is the command's last write.
    """
    values = {"id": ticket.id, "read_version": ticket.version, **param_values(change)}

    def updating(columns: Sequence[Any]) -> Statement:
        same = Ticket.id == param("id"), Ticket.version == param("read_version")
        new = {"version": Ticket.version + literal_column("1"), **column_params(change)}
        return update(Ticket).where(*same).values(new).returning(*columns)

    def source(columns: Sequence[Any]) -> tuple[CTE, Select[Any]]:
        changed = updating(columns).cte("changed")
        return changed, select(changed.c.id, changed.c.version)

    if INDEXED_COLUMNS.isdisjoint(change):
        key = ("update ticket", *change)
        return await _write(context, key, source=source, values=values, activity_values=activity_values, last=last)
    await statements.fetch(context.session, ("update ticket alone", *change), lambda: updating(KEY_COLUMNS), values)
    return await _add_activity(context, ticket, activity_values)


def _add_activity(context: CommandContext, ticket: Row, activity_values: Values) -> Awaitable[WrittenActivity]:
    """Insert another activity about a change that is already written."""

    def source(_columns: Sequence[Any]) -> tuple[None, Select[Any]]:
        return None, select(param("id", Integer), param("version", Integer))

    return _write(
        context,
        ("add activity",),
        source=source,
        values={"id": ticket.id, "version": ticket.version + 1},
        activity_values=activity_values,
        last=False,
    )


async def _write(
    context: CommandContext,
    cache_key: tuple[str, ...],
    *,
    source: Source,
    values: Values,
    activity_values: Values,
    last: bool,
) -> WrittenActivity:
    """Insert an activity of the ticket and version that `source` selects; store its id under an idempotency key."""
    key, response = context.idempotency_key, context.response if last else None
    ticket_columns, columns = (
        (None, activities.ALL_COLUMNS) if response is None else (response.ticket, response.activities)
    )

    def build(viewer: Viewer) -> Select[Any]:
        table = Activity.__table__.c
        ticket, selected = source(KEY_COLUMNS if ticket_columns is None else TICKET_COLUMNS)
        selected = selected.add_columns(*(param(f"{ACTIVITY}{name}", table[name].type) for name in activity_values))
        into = ["ticket_id", "version", *activity_values]
        row = insert(Activity).from_select(into, selected).returning(*table).cte("written")
        returned = activities.select_written(viewer, row, columns)
        if ticket is not None and ticket_columns is not None:
            returned = _with_ticket(returned, select_tickets_from(viewer, ticket_columns, ticket))
        return returned if key is None else returned.add_cte(store_activity(viewer, row))

    [row] = await statements.fetch_as(
        context.session,
        context.viewer,
        (*cache_key, ACTIVITY, *activity_values, key is None, response),
        build,
        {**values, **param_values(activity_values, ACTIVITY), "stored_key": key},
    )
    return WrittenActivity(row, response is not None, None if ticket_columns is None else ticket_row(row))


def _with_ticket(activity: Select[Any], ticket: Select[Any]) -> Select[Any]:
    """Return the SELECT of the activity, preceded by the ticket's columns: all null if it is no longer visible."""
    inner, seen = activity.subquery("activity_row"), ticket.subquery("ticket_row")
    return select(*prefixed_columns(seen), *inner.c).select_from(inner.outerjoin(seen, true()))
