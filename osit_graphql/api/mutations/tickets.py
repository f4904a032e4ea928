"""Ticket mutations: one for each row of `permissions.RULES`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.authorization import authorized_mutation
from osit_graphql.api.context import Info
from osit_graphql.api.inputs import tickets as inputs
from osit_graphql.api.mutations.run_command import run_command
from osit_graphql.api.payloads import TicketPayload
from osit_graphql.api.strawberry_adapter import value_or_none
from osit_graphql.domain.enums import Action
from osit_graphql.services import tickets
from osit_graphql.services.tickets import CommandResult
from osit_graphql.services.tickets.create import NewTicket
from osit_graphql.services.tickets.interventions import Work
from osit_graphql.services.tickets.qualification import Correction
from osit_graphql.services.validation import ABSENT

TicketId = Annotated[strawberry.ID, strawberry.argument(description="Ticket.")]
InterventionId = Annotated[strawberry.ID, strawberry.argument(description="Intervention.")]


def input_argument(description: str) -> Any:
    """Describe an `input` argument."""
    return strawberry.argument(description=description)


def value_or_absent(value: Any) -> Any:
    """Return an argument's value, null included; ABSENT when it is absent."""
    return ABSENT if value is strawberry.UNSET else value


def decode_ticket(id: str) -> int:
    """Decode the ID of the ticket that a mutation is about."""
    return global_ids.decode(global_ids.Kind.TICKET, id, ("id",))


def decode_optional_id(kind: global_ids.Kind, text: Any, name: str) -> Any:
    """Decode an optional ID of `input`; None for an absent one."""
    return global_ids.decode_optional(kind, value_or_none(text), ("input", name))


def decode_id_or_absent(kind: global_ids.Kind, text: Any, name: str) -> Any:
    """Decode an optional ID of `input`; None for null, ABSENT when it is absent."""
    return ABSENT if text is strawberry.UNSET else decode_optional_id(kind, text, name)


@strawberry.type
class TicketMutations:
    @authorized_mutation("Open a ticket and assign it to a service.", Action.CREATE)
    async def ticket_create(
        self, info: Info, input: Annotated[inputs.TicketCreateInput, input_argument("Fields.")]
    ) -> TicketPayload:
        new = NewTicket(
            title=input.title,
            description=input.description,
            requester_id=global_ids.decode(global_ids.Kind.USER, input.requester_id, ("input", "requesterId")),
            application_id=global_ids.decode(
                global_ids.Kind.APPLICATION, input.application_id, ("input", "applicationId")
            ),
            service_id=global_ids.decode(global_ids.Kind.SERVICE, input.service_id, ("input", "serviceId")),
            severity=input.severity,
            criticality=input.criticality,
            site_id=decode_optional_id(global_ids.Kind.SITE, input.site_id, "siteId"),
            suspected_cause_id=decode_optional_id(global_ids.Kind.CAUSE, input.suspected_cause_id, "suspectedCauseId"),
            impact=value_or_none(input.impact),
            comment=value_or_none(input.comment),
        )
        return await run_command(info, (input,), lambda context: tickets.create(context, new))

    @authorized_mutation("Comment on a ticket.", Action.COMMENT)
    async def ticket_comment(
        self, info: Info, id: TicketId, input: Annotated[inputs.TicketCommentInput, input_argument("Comment.")]
    ) -> TicketPayload:
        return await _run(info, decode_ticket(id), (id, input), tickets.comment, internal=input.internal)

    @authorized_mutation("Report an intervention on a ticket.", Action.LOG_INTERVENTION)
    async def ticket_log_intervention(
        self, info: Info, id: TicketId, input: Annotated[inputs.TicketLogInterventionInput, input_argument("Report.")]
    ) -> TicketPayload:
        key = decode_ticket(id)
        cause_id = global_ids.decode(global_ids.Kind.CAUSE, input.cause_id, ("input", "causeId"))
        work = Work(input.started_at, input.minutes, cause_id, value_or_none(input.expenses))
        zone = info.context.settings.zone
        return await _run(info, key, (id, input), tickets.log_intervention, work=work, zone=zone)

    @authorized_mutation("Void an intervention: its technician, or a manager.", Action.VOID_INTERVENTION)
    async def intervention_void(
        self, info: Info, id: InterventionId, input: Annotated[inputs.InterventionVoidInput, input_argument("Reason.")]
    ) -> TicketPayload:
        key = global_ids.decode(global_ids.Kind.ACTIVITY, id, ("id",))
        return await _run(info, key, (id, input), tickets.void_intervention)

    @authorized_mutation("Assign a ticket to a technician of its service, or to nobody.", Action.ASSIGN)
    async def ticket_assign(
        self, info: Info, id: TicketId, input: Annotated[inputs.TicketAssignInput, input_argument("Assignee.")]
    ) -> TicketPayload:
        key = decode_ticket(id)
        assignee_id = decode_id_or_absent(global_ids.Kind.USER, input.assignee_id, "assigneeId")
        return await _run(info, key, (id, input), tickets.assign, assignee_id=assignee_id)

    @authorized_mutation("Set a ticket's priority.", Action.PRIORITIZE)
    async def ticket_prioritize(
        self, info: Info, id: TicketId, input: Annotated[inputs.TicketPrioritizeInput, input_argument("Priority.")]
    ) -> TicketPayload:
        return await _run(info, decode_ticket(id), (id, input), tickets.prioritize, priority=input.priority)

    @authorized_mutation("Correct a ticket's fields.", Action.QUALIFY)
    async def ticket_qualify(
        self, info: Info, id: TicketId, input: Annotated[inputs.TicketQualifyInput, input_argument("Corrections.")]
    ) -> TicketPayload:
        key = decode_ticket(id)
        correction = Correction(
            severity=value_or_absent(input.severity),
            criticality=value_or_absent(input.criticality),
            application_id=decode_id_or_absent(global_ids.Kind.APPLICATION, input.application_id, "applicationId"),
            requester_id=decode_id_or_absent(global_ids.Kind.USER, input.requester_id, "requesterId"),
            site_id=decode_id_or_absent(global_ids.Kind.SITE, input.site_id, "siteId"),
            title=value_or_absent(input.title),
            description=value_or_absent(input.description),
        )
        return await _run(info, key, (id, input), tickets.qualify, correction=correction)

    @authorized_mutation(
        "Re-route a ticket to another service with a comment. It is no longer visible to the viewer's service.",
        Action.REROUTE,
    )
    async def ticket_reroute(
        self,
        info: Info,
        id: TicketId,
        input: Annotated[inputs.TicketRerouteInput, input_argument("Target service and comment.")],
    ) -> TicketPayload:
        key = decode_ticket(id)
        service_id = global_ids.decode(global_ids.Kind.SERVICE, input.service_id, ("input", "serviceId"))
        return await _run(info, key, (id, input), tickets.reroute, service_id=service_id)

    @authorized_mutation("Close a ticket with a comment.", Action.CLOSE)
    async def ticket_close(
        self, info: Info, id: TicketId, input: Annotated[inputs.TicketCloseInput, input_argument("Comment.")]
    ) -> TicketPayload:
        return await _run(info, decode_ticket(id), (id, input), tickets.close)

    @authorized_mutation("Reopen a closed ticket with a comment.", Action.REOPEN)
    async def ticket_reopen(
        self, info: Info, id: TicketId, input: Annotated[inputs.TicketReopenInput, input_argument("Reason.")]
    ) -> TicketPayload:
        return await _run(info, decode_ticket(id), (id, input), tickets.reopen)

    @authorized_mutation("Record the decision on an evolution request.", Action.DECIDE)
    async def ticket_decide(
        self, info: Info, id: TicketId, input: Annotated[inputs.TicketDecideInput, input_argument("Decision.")]
    ) -> TicketPayload:
        key = decode_ticket(id)
        meeting_id = decode_optional_id(global_ids.Kind.MEETING, input.meeting_id, "meetingId")
        return await _run(info, key, (id, input), tickets.decide, decision=input.decision, meeting_id=meeting_id)


async def _run(
    info: Info, key: int, arguments: tuple[Any, Any], command: Callable[..., Awaitable[CommandResult]], **values: Any
) -> TicketPayload:
    """Run a command with these values, the comment and the expected version; `arguments`: the mutation's."""
    _, common = arguments
    comment, version = value_or_none(common.comment), value_or_none(common.expected_version)
    return await run_command(
        info, arguments, lambda context: command(context, key, comment=comment, expected_version=version, **values)
    )
