"""One action on one ticket, from the row lock to its history: what every verb shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Ticket
from osit_graphql.db.statements import Built, Values, given
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import Action, ActivityKind, Role
from osit_graphql.domain.user_errors import NotFound, Path, StaleVersion
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.ticket_with_history import TicketRow
from osit_graphql.services.tickets import persistence
from osit_graphql.services.tickets.persistence import Written
from osit_graphql.services.validation import Form, at

ALWAYS: Final = (Ticket.id, Ticket.status, Ticket.version)
# What else an action looks at, on the ticket that it holds: a comment needs no description of twenty thousand letters.
LOOKED_AT: Final[Mapping[Action, Sequence[Any]]] = {
    Action.ASSIGN: (Ticket.assignee_id, Ticket.service_id),
    Action.PRIORITIZE: (Ticket.priority,),
    Action.QUALIFY: (
        Ticket.severity, Ticket.criticality, Ticket.application_id, Ticket.requester_id, Ticket.site_id,
        Ticket.title, Ticket.description, Ticket.priority_settled,
    ),
    Action.REOPEN: (Ticket.criticality, Ticket.reopen_count),
    Action.REROUTE: (Ticket.service_id, Ticket.reroute_count),
}  # fmt: skip
NOTHING: Final[Values] = MappingProxyType({})


@dataclass(frozen=True)
class Outcome:
    """What an action did: the ticket, and the history rows that it wrote, its own first."""

    ticket_id: int
    activity_ids: tuple[int, ...]
    receipts: Sequence[Row[Any]] | None = None
    """These rows, as `history.receipts` shows them; None when they are still to be asked for."""
    whole: bool = False
    """Whether all that `session.asked` names is here, and kept."""
    ticket: TicketRow | None = None
    """The ticket as the viewer now sees it, where it was asked for and `whole` is."""


@dataclass
class TicketCommand:
    """An action under way: `ticket` is its locked row, None when it is absent or not visible (already noted)."""

    session: Session
    viewer: Viewer
    action: Action
    ticket: Row[Any] | None
    comment: str | None
    form: Form
    at: datetime = field(default_factory=clock.now)
    written: list[Written] = field(default_factory=list)

    def standing(self) -> Row[Any]:
        """Refuse if anything is wrong; what is left is a ticket that may be acted on."""
        self.form.check()
        if self.ticket is None:
            raise AssertionError("a missing ticket is always noted")
        return self.ticket

    async def write(self, kind: ActivityKind, change: Values = NOTHING, **told: Any) -> int:
        """Write the ticket's new values and the history row that tells them, with the action's comment; return its id.

        Every action raises the version by one, on the version it has read.
        """
        return int((await self._change(kind, change, told, last=False)).row.id)

    async def finish(self, kind: ActivityKind, change: Values = NOTHING, **told: Any) -> Outcome:
        """Write as `write` does, what is the action's last word; say what was done."""
        await self._change(kind, change, told, last=True)
        return self.outcome()

    async def _change(self, kind: ActivityKind, change: Values, told: Values, *, last: bool) -> Written:
        change, row = {"updated_at": self.at, **change}, self._row(kind, told)
        written = await persistence.change_ticket(self.session, self.viewer, self.standing(), change, row, last=last)
        self.written.append(written)
        return written

    async def add(self, kind: ActivityKind, **told: Any) -> None:
        """Write another row about what was just written."""
        row = self._row(kind, told)
        self.written.append(await persistence.add_row(self.session, self.viewer, self.standing(), row))

    def _row(self, kind: ActivityKind, told: Values) -> dict[str, Any]:
        whose = {"author_id": self.viewer.user_id, "created_at": self.at, "comment": self.comment}
        return {"kind": kind, **whose, **told}

    def outcome(self) -> Outcome:
        """Say what was done."""
        return done(self.standing().id, self.written)


def done(ticket_id: int, written: Sequence[Written]) -> Outcome:
    """Say what was done, with its receipts where they are whole: an intervention's line is written after its row."""
    rows, last = [each.row for each in written], written[-1]
    whole = all(row.kind is not ActivityKind.INTERVENTION for row in rows)
    return Outcome(ticket_id, tuple(int(row.id) for row in rows), rows if whole else None, last.whole, last.ticket)


async def load_for_update(
    session: Session,
    viewer: Viewer,
    action: Action,
    ticket_id: int | None,
    *,
    comment: str | None = None,
    expected_version: int | None = None,
    roles: frozenset[Role] | None = None,
    path: Path = ("id",),
) -> TicketCommand:
    """Lock the ticket through the roles that hold the action, and note whatever the law has against it."""
    holding = permissions.authorize(viewer.roles, action) if roles is None else roles
    form = Form()
    ticket = None
    if ticket_id is not None:
        ticket = await _hold(session, viewer, action, ticket_id, holding)
    if ticket is None:
        form.add(NotFound(path))
    else:
        if expected_version not in {None, ticket.version}:
            form.add(StaleVersion(at("expectedVersion"), ticket.id))
        form.add(*permissions.check_status(action, ticket.status, path))
    required = permissions.RULES[action].comment
    text = form.text(comment, at("comment"), limit=permissions.COMMENT_LIMIT, required=required)
    return TicketCommand(session, viewer, action, ticket, text, form)


async def _hold(
    session: Session, viewer: Viewer, action: Action, ticket_id: int, roles: frozenset[Role]
) -> Row[Any] | None:
    def build(anybody: Viewer) -> Built:
        columns = (*ALWAYS, *LOOKED_AT.get(action, ()))
        return visibility.held_ticket(anybody, given("ticket_id"), *columns, roles=roles)

    found = await statements.seen(session, viewer, ("ticket held", action, roles), build, {"ticket_id": ticket_id})
    return found[0] if found else None
