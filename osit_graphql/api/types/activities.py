"""Activities, the rows of a ticket's history: an interface, and one type for each kind of row."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import Selection, selection_of
from osit_graphql.api.row_fields import JoinedField
from osit_graphql.api.row_types import (
    REGISTERED,
    ConnectionBase,
    FieldSources,
    RequiredColumns,
    RowBacked,
    columns_of,
    connection_of,
    row_backed,
)
from osit_graphql.api.types.directory import Application, Cause, Service, Site, load_entry
from osit_graphql.api.types.money import Money, money
from osit_graphql.api.types.relay import Node
from osit_graphql.api.types.users import User, load_named_user
from osit_graphql.domain.enums import ActivityKind, Criticality, Decision, Priority, Severity, Status

if TYPE_CHECKING:
    from osit_graphql.api.types.meetings import DecisionMeeting
    from osit_graphql.api.types.tickets import Ticket

COSTS = "Null if the viewer may not see costs."


@strawberry.interface(description="Activity: one row of a ticket's append-only history.")
class Activity(RowBacked, Node):
    """Activity; its rows are those of `services.queries.activities`."""

    kind: ActivityKind = strawberry.field(description="Kind of activity.")
    created_at: datetime = strawberry.field(description="Time of the activity.")
    comment: str | None = strawberry.field(description="Comment: « commentaire ».")
    author: User | None = strawberry.field(description="Author. Null if unknown (imported tickets).")
    field_sources: ClassVar[FieldSources] = {"author": JoinedField(User, "author__")}
    required_columns: ClassVar[RequiredColumns] = {"ticket": ("ticket_id",)}

    @strawberry.field(description="Ticket. Null if it is no longer visible to the viewer.")
    async def ticket(self, info: Info) -> Annotated["Ticket", strawberry.lazy("osit_graphql.api.types.tickets")] | None:
        type_ = REGISTERED["Ticket"]
        row = await info.context.loaders.ticket(self.row["ticket_id"], frozenset(columns_of(type_, selection_of(info))))
        return None if row is None else type_.from_row(row)


def reference(type_: Any, column: str, description: str) -> Any:
    """Return a field that loads the directory entry or the user whose row number a column holds; never null."""

    async def resolve(self: Any, info: Info) -> Any:
        key = self.row[column]
        entry = await (load_named_user(info, key) if type_ is User else load_entry(info, type_, key))
        if entry is None:
            raise AssertionError(f"no row for {column}: directory entries are never deleted")
        return entry

    return strawberry.field(resolver=resolve, description=description)


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Ticket opened.")
class TicketOpened(Activity):
    required_columns: ClassVar[RequiredColumns] = {"service": ("to_service_id",)}

    service: Service = reference(Service, "to_service_id", "First assigned service.")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Comment on a ticket.")
class Comment(Activity):
    internal: bool = strawberry.field(
        description="Whether it is hidden from viewers who see the ticket only as its requester."
    )


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Intervention reported by a technician: « intervention ».")
class Intervention(Activity):
    required_columns: ClassVar[RequiredColumns] = {
        "cause": ("cause_id",),
        **{name: (name,) for name in ("hourly_rate", "expenses", "cost")},
    }

    started_at: datetime = strawberry.field(description="Start of the work.")
    minutes: int | None = strawberry.field(description=f"Duration in minutes. {COSTS}")
    voided: bool = strawberry.field(description="Whether it was voided. Voided interventions count in no report.")
    cause: Cause = reference(Cause, "cause_id", "Cause found by the technician.")

    @strawberry.field(description=f"Hourly rate of the technician's service on that day, if any. {COSTS}")
    def hourly_rate(self, info: Info) -> Money | None:
        return money(info, self.row["hourly_rate"])

    @strawberry.field(description=f"Expenses. {COSTS}")
    def expenses(self, info: Info) -> Money | None:
        """Return the expenses; zero when there were none."""
        return money(info, self.row["expenses"])

    @strawberry.field(description=f"Labour and expenses. Null without a rate in force. {COSTS}")
    def cost(self, info: Info) -> Money | None:
        """Return the cost; labour is rounded half-even to the cent."""
        return money(info, self.row["cost"])


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Intervention voided.")
class InterventionVoided(Activity):
    required_columns: ClassVar[RequiredColumns] = {"intervention": ("intervention_id",)}

    @strawberry.field(description="Voided intervention.")
    async def intervention(self, info: Info) -> Intervention:
        columns = frozenset(columns_of(Intervention, selection_of(info)))
        row = await info.context.loaders.activity(self.row["intervention_id"], columns)
        if row is None:
            raise AssertionError("the history of a voiding contains the intervention")
        return Intervention.from_row(row)


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Ticket re-routed to another service: « re-routage ».")
class Rerouting(Activity):
    required_columns: ClassVar[RequiredColumns] = {
        "from_service": ("from_service_id",),
        "to_service": ("to_service_id",),
    }

    from_service: Service = reference(Service, "from_service_id", "Previous service.")
    to_service: Service = reference(Service, "to_service_id", "New service.")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Status changed, or decision recorded.")
class StatusChange(Activity):
    required_columns: ClassVar[RequiredColumns] = {"meeting": ("meeting_id",)}

    from_status: Status = strawberry.field(description="Previous status.")
    to_status: Status = strawberry.field(description="New status.")
    decision: Decision | None = strawberry.field(description="Decision, if there was one.")

    @strawberry.field(description="Meeting that decided, if any.")
    async def meeting(
        self, info: Info
    ) -> Annotated["DecisionMeeting", strawberry.lazy("osit_graphql.api.types.meetings")] | None:
        """Load the meeting; viewers who see the ticket may read its title and date."""
        key = self.row["meeting_id"]
        row = None if key is None else await info.context.loaders.meeting(key)
        return None if row is None else REGISTERED["DecisionMeeting"].from_row(row)


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Ticket fields corrected.")
class Qualification(Activity):
    required_columns: ClassVar[RequiredColumns] = {
        "description_changed": ("from_description",),
        **{
            f"{side}_{field}": (f"{side}_{field}_id",)
            for side in ("from", "to")
            for field in ("application", "requester", "site")
        },
    }

    from_severity: Severity = strawberry.field(description="Previous severity.")
    to_severity: Severity = strawberry.field(description="New severity.")
    from_criticality: Criticality = strawberry.field(description="Previous criticality.")
    to_criticality: Criticality = strawberry.field(description="New criticality.")
    from_title: str = strawberry.field(description="Previous title.")
    to_title: str = strawberry.field(description="New title.")

    @strawberry.field(description="Whether the description changed.")
    def description_changed(self) -> bool:
        """Return whether the row has the previous description, which the API does not show."""
        return self.row["from_description"] is not None

    from_application: Application = reference(Application, "from_application_id", "Previous application.")
    to_application: Application = reference(Application, "to_application_id", "New application.")
    from_requester: User = reference(User, "from_requester_id", "Previous requester.")
    to_requester: User = reference(User, "to_requester_id", "New requester.")
    from_site: Site = reference(Site, "from_site_id", "Previous site.")
    to_site: Site = reference(Site, "to_site_id", "New site.")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Priority set by the service.")
class PriorityChange(Activity):
    from_priority: Priority = strawberry.field(description="Previous priority.")
    to_priority: Priority = strawberry.field(description="New priority.")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Ticket assigned to a technician, or unassigned.")
class Assignment(Activity):
    required_columns: ClassVar[RequiredColumns] = {"assignee": ("assignee_id",)}

    @strawberry.field(description="Technician. Null if unassigned.")
    async def assignee(self, info: Info) -> User | None:
        """Load the technician, who belonged to the ticket's service at the time."""
        return await load_named_user(info, self.row["assignee_id"])


TYPES: dict[ActivityKind, type[Activity]] = {
    ActivityKind.OPENED: TicketOpened,
    ActivityKind.COMMENT: Comment,
    ActivityKind.INTERVENTION: Intervention,
    ActivityKind.INTERVENTION_VOIDED: InterventionVoided,
    ActivityKind.REROUTING: Rerouting,
    ActivityKind.STATUS_CHANGE: StatusChange,
    ActivityKind.QUALIFICATION: Qualification,
    ActivityKind.PRIORITY_CHANGE: PriorityChange,
    ActivityKind.ASSIGNMENT: Assignment,
}


def to_activity(row: Any) -> Activity:
    """Create an activity of the type for its row's kind."""
    return TYPES[row.mapping["kind"]].from_row(row)


def activity_columns(selection: Selection) -> frozenset[str]:
    """Return the columns that a statement of activities reads, for a selection on activities of any kind."""
    return frozenset(column for type_ in TYPES.values() for column in columns_of(type_, selection))


@connection_of(Activity, "Activity", "Page of a ticket's history.", types=TYPES, create_node=to_activity)
class ActivityConnection(ConnectionBase):
    """Page of a ticket's history."""
