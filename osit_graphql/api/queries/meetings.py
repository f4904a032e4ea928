"""Query of decision meetings."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from osit_graphql.api.authorization import authorized_field
from osit_graphql.api.context import Info
from osit_graphql.api.inputs.reports import Period
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.row_types import counted
from osit_graphql.api.strawberry_adapter import value_or_none
from osit_graphql.api.types.meetings import DecisionMeetingConnection
from osit_graphql.api.types.relay import After, Before, First, Last, page_args
from osit_graphql.domain import date_range
from osit_graphql.domain.enums import ApiArea, Permission
from osit_graphql.services.queries import meetings


@strawberry.type
class MeetingQueries:
    @authorized_field("Decision meetings, latest first.", Permission.DECIDE_EVOLUTIONS, ApiArea.TICKETS)
    async def decision_meetings(
        self,
        info: Info,
        period: Annotated[Period | None, strawberry.argument(description="Filter by date.")] = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> DecisionMeetingConnection | None:
        """List the meetings; null, with an error, for viewers who may not decide."""
        dates: Period | None = value_or_none(period)
        days = None if dates is None else date_range.Period(*dates.days())
        page, with_total = page_args(first, after, last, before), "totalCount" in selection_of(info)
        context = info.context
        async with context.reading() as session:
            result, total = await meetings.page(
                session, context.viewer, days, context.settings.zone, page, counted=with_total
            )
        return DecisionMeetingConnection.of(result, counted(total))
