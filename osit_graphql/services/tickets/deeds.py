"""One action on one ticket, from the row lock to its history: what every verb shares."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, update

from osit_graphql import rules, statements, visibility
from osit_graphql.database import Session
from osit_graphql.models import Activity, Ticket
from osit_graphql.problems import NotFound, Path, StaleVersion
from osit_graphql.services import clock
from osit_graphql.services.forms import Form, at
from osit_graphql.statements import Built, boxes, filled, given
from osit_graphql.viewer import Viewer
from osit_graphql.vocabulary import Action, ActivityKind, Role

COLUMNS = (
    Ticket.id, Ticket.status, Ticket.version, Ticket.service_id, Ticket.assignee_id, Ticket.priority,
    Ticket.priority_settled, Ticket.severity, Ticket.criticality, Ticket.application_id, Ticket.requester_id,
    Ticket.site_id, Ticket.title, Ticket.description, Ticket.reopen_count, Ticket.reroute_count,
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What an action did: the ticket, and the history rows that it wrote, its own first."""

    ticket_id: int
    activity_ids: tuple[int, ...]


@dataclass
class Deed:
    """An action under way: `ticket` is its locked row, None when it is absent or not visible (already noted)."""

    session: Session
    viewer: Viewer
    action: Action
    ticket: Row[Any] | None
    comment: str | None
    form: Form
    at: datetime = field(default_factory=clock.now)
    written: list[int] = field(default_factory=list)

    def standing(self) -> Row[Any]:
        """Refuse if anything is wrong; what is left is a ticket that may be acted on."""
        self.form.check()
        if self.ticket is None:
            raise AssertionError("a missing ticket is always noted")
        return self.ticket

    async def change(self, **values: Any) -> None:
        """Write the ticket's new values; every action raises the version by one, on the version it has read."""
        ticket = self.standing()
        row = {"version": ticket.version + 1, "updated_at": self.at, **values}

        def build() -> Built:
            held = Ticket.id == given("id"), Ticket.version == given("held")
            return update(Ticket).where(*held).values(boxes(row)).returning(Ticket.id)

        told = {"id": ticket.id, "held": ticket.version, **filled(row)}
        await statements.asked(self.session, ("ticket changed", *row), build, told)

    async def record(self, kind: ActivityKind, **values: Any) -> int:
        """Write one history row, with the action's comment; return its id."""
        ticket = self.standing()
        key = await record(
            self.session, ticket.id, ticket.version + 1, kind,
            author_id=self.viewer.user_id, created_at=self.at, comment=self.comment, **values,
        )  # fmt: skip
        self.written.append(key)
        return key

    def outcome(self) -> Outcome:
        """Say what was done."""
        return Outcome(self.standing().id, tuple(self.written))


async def record(session: Session, ticket_id: int, version: int, kind: ActivityKind, **values: Any) -> int:
    """Write one history row, for whoever acts; return its id."""
    row = {"ticket_id": ticket_id, "version": version, "kind": kind, **values}

    def build() -> Built:
        return insert(Activity).values(boxes(row)).returning(Activity.id)

    [written] = await statements.asked(session, ("history written", *row), build, filled(row))
    return int(written.id)


async def approach(
    session: Session,
    viewer: Viewer,
    action: Action,
    ticket_id: int | None,
    *,
    comment: str | None = None,
    expected_version: int | None = None,
    roles: frozenset[Role] | None = None,
    path: Path = ("id",),
) -> Deed:
    """Lock the ticket through the roles that hold the action, and note whatever the law has against it."""
    holding = rules.authorize(viewer.roles, action) if roles is None else roles
    form = Form()
    ticket = None
    if ticket_id is not None:
        ticket = await _hold(session, viewer, ticket_id, holding)
    if ticket is None:
        form.add(NotFound(path))
    else:
        if expected_version not in {None, ticket.version}:
            form.add(StaleVersion(at("expectedVersion"), ticket.id))
        form.add(*rules.check_status(action, ticket.status, path))
    required = rules.RULES[action].comment
    text = form.text(comment, at("comment"), limit=rules.COMMENT_LIMIT, required=required)
    return Deed(session, viewer, action, ticket, text, form)


async def _hold(session: Session, viewer: Viewer, ticket_id: int, roles: frozenset[Role]) -> Row[Any] | None:
    def build(anybody: Viewer) -> Built:
        return visibility.held_ticket(anybody, given("ticket_id"), *COLUMNS, roles=roles)

    found = await statements.seen(session, viewer, ("ticket held", roles), build, {"ticket_id": ticket_id})
    return found[0] if found else None
