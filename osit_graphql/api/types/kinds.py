"""A ticket's history, one type a kind of row."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.row_types import RequiredColumns, columns_of, row_backed
from osit_graphql.api.types import directory, users
from osit_graphql.api.types.activity import Activity
from osit_graphql.api.types.directory import Application, Cause, Service, Site
from osit_graphql.api.types.money import Money, money
from osit_graphql.api.types.users import User
from osit_graphql.domain.enums import Criticality, Decision, Priority, Severity, Status

if TYPE_CHECKING:
    from osit_graphql.api.types.meetings import DecisionMeeting

COSTS = "Null if the viewer may not see costs."
QUALIFIED = ("application", "requester", "site")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Ticket opened.")
class TicketOpened(Activity):
    """The contract's `TicketOpened`."""

    required_columns: ClassVar[RequiredColumns] = {"service": ("to_service_id",)}

    @strawberry.field(description="First assigned service.")
    async def service(self, info: Info) -> Service:
        """Never deleted."""
        return await self._of(directory.service, info, "to_service_id")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Comment on a ticket.")
class Comment(Activity):
    """The contract"s `Comment`."""

    internal: bool = strawberry.field(
        description="Whether it is hidden from viewers who see the ticket only as its requester."
    )


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Intervention reported by a technician: « intervention ».")
class Intervention(Activity):
    """The contract"s `Intervention`."""

    required_columns: ClassVar[RequiredColumns] = {
        "cause": ("cause_id",),
        **{name: (name,) for name in ("hourly_rate", "expenses", "cost")},
    }

    started_at: datetime = strawberry.field(description="Start of the work.")
    minutes: int | None = strawberry.field(description=f"Duration in minutes. {COSTS}")
    voided: bool = strawberry.field(description="Whether it was voided. Voided interventions count in no report.")

    @strawberry.field(description="Cause found by the technician.")
    async def cause(self, info: Info) -> Cause:
        """Never deleted."""
        return await self._of(directory.cause, info, "cause_id")

    @strawberry.field(description=f"Hourly rate of the technician's service on that day, if any. {COSTS}")
    def hourly_rate(self, info: Info) -> Money | None:
        """As it was that day."""
        return money(info, self.row["hourly_rate"])

    @strawberry.field(description=f"Expenses. {COSTS}")
    def expenses(self, info: Info) -> Money | None:
        """Zero when there were none."""
        return money(info, self.row["expenses"])

    @strawberry.field(description=f"Labour and expenses. Null without a rate in force. {COSTS}")
    def cost(self, info: Info) -> Money | None:
        """Labour is rounded half-even to the cent."""
        return money(info, self.row["cost"])


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Intervention voided.")
class InterventionVoided(Activity):
    """The contract's `InterventionVoided`."""

    required_columns: ClassVar[RequiredColumns] = {"intervention": ("intervention_id",)}

    @strawberry.field(description="Voided intervention.")
    async def intervention(self, info: Info) -> Intervention:
        """It stands in the same history."""
        row = await info.context.loaders.activity(
            self.row["intervention_id"], frozenset(columns_of(Intervention, selection_of(info)))
        )
        if row is None:
            raise AssertionError("an intervention stands in the history of the row that voids it")
        return Intervention.from_row(row)


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Ticket re-routed to another service: « re-routage ».")
class Rerouting(Activity):
    """The contract's `Rerouting`."""

    required_columns: ClassVar[RequiredColumns] = {
        "from_service": ("from_service_id",),
        "to_service": ("to_service_id",),
    }

    @strawberry.field(description="Previous service.")
    async def from_service(self, info: Info) -> Service:
        """Never deleted."""
        return await self._of(directory.service, info, "from_service_id")

    @strawberry.field(description="New service.")
    async def to_service(self, info: Info) -> Service:
        """Never deleted."""
        return await self._of(directory.service, info, "to_service_id")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Status changed, or decision recorded.")
class StatusChange(Activity):
    """The contract"s `StatusChange`."""

    required_columns: ClassVar[RequiredColumns] = {"meeting": ("meeting_id",)}

    from_status: Status = strawberry.field(description="Previous status.")
    to_status: Status = strawberry.field(description="New status.")
    decision: Decision | None = strawberry.field(description="Decision, if there was one.")

    @strawberry.field(description="Meeting that decided, if any.")
    async def meeting(
        self, info: Info
    ) -> Annotated["DecisionMeeting", strawberry.lazy("osit_graphql.api.types.meetings")] | None:
        """Whoever sees the decision's ticket reads its title and date."""
        from osit_graphql.api.types.meetings import meeting  # noqa: PLC0415 - meetings and tickets hold each other

        key = self.row["meeting_id"]
        return None if key is None else await meeting(info, key)


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Ticket fields corrected.")
class Qualification(Activity):
    """The contract"s `Qualification`."""

    required_columns: ClassVar[RequiredColumns] = {
        "description_changed": ("from_description",),
        **{f"{way}_{what}": (f"{way}_{what}_id",) for way in ("from", "to") for what in QUALIFIED},
    }

    from_severity: Severity = strawberry.field(description="Previous severity.")
    to_severity: Severity = strawberry.field(description="New severity.")
    from_criticality: Criticality = strawberry.field(description="Previous criticality.")
    to_criticality: Criticality = strawberry.field(description="New criticality.")
    from_title: str = strawberry.field(description="Previous title.")
    to_title: str = strawberry.field(description="New title.")

    @strawberry.field(description="Whether the description changed.")
    def description_changed(self) -> bool:
        """The words before are kept, not shown."""
        return self.row["from_description"] is not None

    @strawberry.field(description="Previous application.")
    async def from_application(self, info: Info) -> Application:
        """Never deleted."""
        return await self._of(directory.application, info, "from_application_id")

    @strawberry.field(description="New application.")
    async def to_application(self, info: Info) -> Application:
        """Never deleted."""
        return await self._of(directory.application, info, "to_application_id")

    @strawberry.field(description="Previous requester.")
    async def from_requester(self, info: Info) -> User:
        """Never deleted."""
        return await self._of(users.somebody, info, "from_requester_id")

    @strawberry.field(description="New requester.")
    async def to_requester(self, info: Info) -> User:
        """Never deleted."""
        return await self._of(users.somebody, info, "to_requester_id")

    @strawberry.field(description="Previous site.")
    async def from_site(self, info: Info) -> Site:
        """Never deleted."""
        return await self._of(directory.site, info, "from_site_id")

    @strawberry.field(description="New site.")
    async def to_site(self, info: Info) -> Site:
        """Never deleted."""
        return await self._of(directory.site, info, "to_site_id")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Priority set by the service.")
class PriorityChange(Activity):
    """The contract"s `PriorityChange`."""

    from_priority: Priority = strawberry.field(description="Previous priority.")
    to_priority: Priority = strawberry.field(description="New priority.")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Ticket assigned to a technician, or unassigned.")
class Assignment(Activity):
    """The contract's `Assignment`."""

    required_columns: ClassVar[RequiredColumns] = {"assignee": ("assignee_id",)}

    @strawberry.field(description="Technician. Null if unassigned.")
    async def assignee(self, info: Info) -> User | None:
        """A technician of the ticket's service, then."""
        return await users.somebody(info, self.row["assignee_id"])
