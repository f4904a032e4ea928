"""The steps that all commands on a ticket share, from the row lock to the activity.

load_for_update → checks of the command → apply_last → CommandResult
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Ticket
from osit_graphql.db.statements import Statement, Values, param
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import Action, ActivityKind, Role
from osit_graphql.domain.user_errors import NotFound, Path, StaleVersion
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.ticket_with_history import TicketRow
from osit_graphql.services.tickets import persistence
from osit_graphql.services.tickets.persistence import CommandContext, WrittenActivity
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
NO_VALUES: Final[Values] = MappingProxyType({})


@dataclass(frozen=True)
class CommandResult:
    """The rows that a command wrote: the ticket, and the activities, the command's main one first."""

    ticket_id: int
    activity_ids: tuple[int, ...]
    activities: Sequence[Row[Any]] | None = None
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
    ticket: Row[Any] | None
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

    def require_ticket(self) -> Row[Any]:
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
        self.written.append(await persistence.add_activity(self.context, self.require_ticket(), row))

    def result(self) -> CommandResult:
        """Return the command's result so far."""
        return result_of(self.require_ticket().id, self.written)

    async def _apply(
        self, kind: ActivityKind, change: Values, activity_values: Values, *, last: bool
    ) -> WrittenActivity:
        written = await persistence.update_ticket(
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


def result_of(ticket_id: int, written: Sequence[WrittenActivity]) -> CommandResult:
    """Return the result for written activities.

    An intervention is inserted after its activity, so the activities must be read again then.
    """
    rows, last = [each.row for each in written], written[-1]
    complete = all(row.kind is not ActivityKind.INTERVENTION for row in rows)
    ids = tuple(int(row.id) for row in rows)
    return CommandResult(ticket_id, ids, rows if complete else None, last.has_response, last.ticket)


async def load_for_update(
    context: CommandContext,
    action: Action,
    ticket_id: int | None,
    *,
    comment: str | None = None,
    expected_version: int | None = None,
    roles: frozenset[Role] | None = None,
    path: Path = ("id",),
) -> TicketCommand:
    """Lock the ticket if it is visible through a role that permits the action, and collect the user errors."""
    allowed_roles = permissions.authorize(context.viewer.roles, action) if roles is None else roles
    validator = InputValidator()
    ticket = None
    if ticket_id is not None:
        ticket = await _lock(context, action, ticket_id, allowed_roles)
    if ticket is None:
        validator.add(NotFound(path))
    else:
        if expected_version not in {None, ticket.version}:
            validator.add(StaleVersion(at("expectedVersion"), ticket.id))
        validator.add(*permissions.check_status(action, ticket.status, path))
    required = permissions.RULES[action].comment
    text = validator.text(comment, at("comment"), limit=permissions.COMMENT_LIMIT, required=required)
    return TicketCommand(context, action, ticket, text, validator)


async def _lock(context: CommandContext, action: Action, ticket_id: int, roles: frozenset[Role]) -> Row[Any] | None:
    def build(viewer: Viewer) -> Statement:
        columns = (*BASE_COLUMNS, *COMMAND_COLUMNS.get(action, ()))
        return visibility.lock_ticket(viewer, param("ticket_id"), *columns, roles=roles)

    rows = await statements.fetch_as(
        context.session, context.viewer, ("ticket for update", action, roles), build, {"ticket_id": ticket_id}
    )
    return rows[0] if rows else None
