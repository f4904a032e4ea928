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

COSTS = "Null for those who may not see costs."
QUALIFIED = ("application", "requester", "site")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="The ticket was opened.")
class TicketOpened(Activity):
    """The contract's `TicketOpened`."""

    required_columns: ClassVar[RequiredColumns] = {"service": ("to_service_id",)}

    @strawberry.field(description="The service that it was first assigned to.")
    async def service(self, info: Info) -> Service:
        """Never deleted."""
        return await self._of(directory.service, info, "to_service_id")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="Somebody commented on the ticket.")
class Comment(Activity):
    """The contract"s `Comment`."""

    internal: bool = strawberry.field(
        description="Whether it is kept from those who see the ticket as its requester only."
    )


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="A technician reported work done: « intervention ».")
class Intervention(Activity):
    """The contract"s `Intervention`."""

    required_columns: ClassVar[RequiredColumns] = {
        "cause": ("cause_id",),
        **{name: (name,) for name in ("hourly_rate", "expenses", "cost")},
    }

    started_at: datetime = strawberry.field(description="When the work began.")
    minutes: int | None = strawberry.field(description=f"How long it took. {COSTS}")
    voided: bool = strawberry.field(description="Whether it was taken back: it is in no figure any more.")

    @strawberry.field(description="What it came from, as the technician found.")
    async def cause(self, info: Info) -> Cause:
        """Never deleted."""
        return await self._of(directory.cause, info, "cause_id")

    @strawberry.field(description=f"What an hour of the technician's service cost that day, if it had a rate. {COSTS}")
    def hourly_rate(self, info: Info) -> Money | None:
        """As it was that day."""
        return money(info, self.row["hourly_rate"])

    @strawberry.field(description=f"What it cost beside time. {COSTS}")
    def expenses(self, info: Info) -> Money | None:
        """Zero when there were none."""
        return money(info, self.row["expenses"])

    @strawberry.field(description=f"Labour and expenses; null also when no rate was in force. {COSTS}")
    def cost(self, info: Info) -> Money | None:
        """Labour is rounded half-even to the cent."""
        return money(info, self.row["cost"])


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="The report of an intervention was taken back.")
class InterventionVoided(Activity):
    """The contract's `InterventionVoided`."""

    required_columns: ClassVar[RequiredColumns] = {"intervention": ("intervention_id",)}

    @strawberry.field(description="Which one.")
    async def intervention(self, info: Info) -> Intervention:
        """It stands in the same history."""
        row = await info.context.loaders.activity(
            self.row["intervention_id"], frozenset(columns_of(Intervention, selection_of(info)))
        )
        if row is None:
            raise AssertionError("an intervention stands in the history of the row that voids it")
        return Intervention.from_row(row)


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="The ticket was sent to another service: « re-routage ».")
class Rerouting(Activity):
    """The contract's `Rerouting`."""

    required_columns: ClassVar[RequiredColumns] = {
        "from_service": ("from_service_id",),
        "to_service": ("to_service_id",),
    }

    @strawberry.field(description="Which service had it.")
    async def from_service(self, info: Info) -> Service:
        """Never deleted."""
        return await self._of(directory.service, info, "from_service_id")

    @strawberry.field(description="Which service has it since.")
    async def to_service(self, info: Info) -> Service:
        """Never deleted."""
        return await self._of(directory.service, info, "to_service_id")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="The ticket's status changed, or a decision was taken on it.")
class StatusChange(Activity):
    """The contract"s `StatusChange`."""

    required_columns: ClassVar[RequiredColumns] = {"meeting": ("meeting_id",)}

    from_status: Status = strawberry.field(description="Where it stood.")
    to_status: Status = strawberry.field(description="Where it stands since.")
    decision: Decision | None = strawberry.field(description="What was decided, when that is what moved it.")

    @strawberry.field(description="The meeting that decided, when one did.")
    async def meeting(
        self, info: Info
    ) -> Annotated["DecisionMeeting", strawberry.lazy("osit_graphql.api.types.meetings")] | None:
        """Whoever sees the decision's ticket reads its title and date."""
        from osit_graphql.api.types.meetings import meeting  # noqa: PLC0415 - meetings and tickets hold each other

        key = self.row["meeting_id"]
        return None if key is None else await meeting(info, key)


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="What the ticket says was corrected.")
class Qualification(Activity):
    """The contract"s `Qualification`."""

    required_columns: ClassVar[RequiredColumns] = {
        "description_changed": ("from_description",),
        **{f"{way}_{what}": (f"{way}_{what}_id",) for way in ("from", "to") for what in QUALIFIED},
    }

    from_severity: Severity = strawberry.field(description="Its severity before.")
    to_severity: Severity = strawberry.field(description="Its severity since.")
    from_criticality: Criticality = strawberry.field(description="Its criticality before.")
    to_criticality: Criticality = strawberry.field(description="Its criticality since.")
    from_title: str = strawberry.field(description="Its title before.")
    to_title: str = strawberry.field(description="Its title since.")

    @strawberry.field(description="Whether its description was rewritten.")
    def description_changed(self) -> bool:
        """The words before are kept, not shown."""
        return self.row["from_description"] is not None

    @strawberry.field(description="Its application before.")
    async def from_application(self, info: Info) -> Application:
        """Never deleted."""
        return await self._of(directory.application, info, "from_application_id")

    @strawberry.field(description="Its application since.")
    async def to_application(self, info: Info) -> Application:
        """Never deleted."""
        return await self._of(directory.application, info, "to_application_id")

    @strawberry.field(description="Its requester before.")
    async def from_requester(self, info: Info) -> User:
        """Never deleted."""
        return await self._of(users.somebody, info, "from_requester_id")

    @strawberry.field(description="Its requester since.")
    async def to_requester(self, info: Info) -> User:
        """Never deleted."""
        return await self._of(users.somebody, info, "to_requester_id")

    @strawberry.field(description="Its site before.")
    async def from_site(self, info: Info) -> Site:
        """Never deleted."""
        return await self._of(directory.site, info, "from_site_id")

    @strawberry.field(description="Its site since.")
    async def to_site(self, info: Info) -> Site:
        """Never deleted."""
        return await self._of(directory.site, info, "to_site_id")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="The service settled the ticket's priority.")
class PriorityChange(Activity):
    """The contract"s `PriorityChange`."""

    from_priority: Priority = strawberry.field(description="Its priority before.")
    to_priority: Priority = strawberry.field(description="Its priority since.")


@row_backed(global_ids.Kind.ACTIVITY)
@strawberry.type(description="The ticket was given to a technician, or to nobody.")
class Assignment(Activity):
    """The contract's `Assignment`."""

    required_columns: ClassVar[RequiredColumns] = {"assignee": ("assignee_id",)}

    @strawberry.field(description="To whom; null: to nobody.")
    async def assignee(self, info: Info) -> User | None:
        """A technician of the ticket's service, then."""
        return await users.somebody(info, self.row["assignee_id"])
