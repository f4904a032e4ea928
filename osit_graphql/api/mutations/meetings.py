"""Mutations of decision meetings and their agendas."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.authorization import authorized_mutation
from osit_graphql.api.context import Info
from osit_graphql.api.idempotency import attempt
from osit_graphql.api.inputs.tickets import idempotency_key_field
from osit_graphql.api.mutations.tickets import input_argument, value_or_absent
from osit_graphql.api.payloads import Payload, user_errors
from osit_graphql.api.types.meetings import DecisionMeeting, load_meeting
from osit_graphql.db.engine import Session
from osit_graphql.domain.enums import Permission
from osit_graphql.domain.errors import BadInput, Refused
from osit_graphql.services import idempotency, meetings
from osit_graphql.services.idempotency import FirstResult
from osit_graphql.services.queries.keyset_pagination import MAX_PAGE_SIZE

MeetingId = Annotated[strawberry.ID, strawberry.argument(description="Meeting.")]
AGENDA = "Evolution requests on the agenda, in order, at most 100. Each must be pending a decision."


@strawberry.input(description="New meeting.")
class MeetingScheduleInput:
    title: str = strawberry.field(description="Name, 1 to 200 characters.")
    held_at: datetime = strawberry.field(description="Date and time of the meeting.")
    ticket_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description=AGENDA)
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Changes to a meeting. Absent fields stay.")
class MeetingUpdateInput:
    title: str | None = strawberry.field(default=UNSET, description="Name, 1 to 200 characters.")
    held_at: datetime | None = strawberry.field(default=UNSET, description="Date and time of the meeting.")
    ticket_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description=f"{AGENDA} Present items may stay; decided items can't be removed."
    )


@strawberry.type(description="Result of `meetingSchedule` and `meetingUpdate`.")
class DecisionMeetingPayload(Payload):
    meeting: DecisionMeeting | None = strawberry.field(description="Current state.")


@strawberry.type
class MeetingMutations:
    @authorized_mutation("Schedule a decision meeting.", Permission.DECIDE_EVOLUTIONS)
    async def meeting_schedule(
        self, info: Info, input: Annotated[MeetingScheduleInput, input_argument("Meeting and agenda.")]
    ) -> DecisionMeetingPayload:
        ticket_ids = _decode_tickets(input.ticket_ids or [])
        viewer = info.context.viewer
        return await _run_command(
            info,
            (input,),
            lambda s: meetings.schedule(s, viewer, title=input.title, held_at=input.held_at, ticket_ids=ticket_ids),
        )

    @authorized_mutation("Change a decision meeting or its agenda.", Permission.DECIDE_EVOLUTIONS)
    async def meeting_update(
        self, info: Info, id: MeetingId, input: Annotated[MeetingUpdateInput, input_argument("Changes.")]
    ) -> DecisionMeetingPayload:
        key = global_ids.decode(global_ids.Kind.MEETING, id, ("id",))
        changes: dict[str, Any] = {"title": value_or_absent(input.title), "held_at": value_or_absent(input.held_at)}
        changes["ticket_ids"] = (
            _decode_tickets(input.ticket_ids) if input.ticket_ids else value_or_absent(input.ticket_ids)
        )

        async def amend(session: Session) -> int:
            await meetings.amend(session, info.context.viewer, key, **changes)
            return key

        return await _run_command(info, (), amend)


async def _run_command(
    info: Info, arguments: Sequence[Any], command: Callable[[Session], Awaitable[int]]
) -> DecisionMeetingPayload:
    context = info.context
    context.clear_loaders()

    async def work(session: Session, first: FirstResult | None) -> int:
        if first is not None:
            return first.subject_id
        key = await command(session)
        if keyed is not None:
            await idempotency.store_result(session, context.viewer, keyed.key, FirstResult(key))
        return key

    try:
        keyed = attempt(info, arguments)
        key = await idempotency.run_once(context.database, context.viewer, keyed, work)
    except Refused as refused:
        return DecisionMeetingPayload(meeting=None, user_errors=user_errors(context, refused))
    return DecisionMeetingPayload(meeting=await load_meeting(info, key), user_errors=[])


def _decode_tickets(texts: list[strawberry.ID]) -> list[int]:
    path = ("input", "ticketIds")
    if len(texts) > MAX_PAGE_SIZE:
        raise BadInput("At most {limit} ids at once.", argument=path, limit=MAX_PAGE_SIZE)
    return [global_ids.decode(global_ids.Kind.TICKET, text, (*path, str(index))) for index, text in enumerate(texts)]
