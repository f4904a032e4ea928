"""Replays events through the services that the API uses, each at its moment."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from osit_graphql.db.engine import Session
from osit_graphql.demo import events
from osit_graphql.demo.directory import Directory
from osit_graphql.demo.meetings import MeetingScheduler
from osit_graphql.demo.working_hours import WorkingCalendar
from osit_graphql.domain import clock
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services import tickets
from osit_graphql.services.tickets.create import NewTicket
from osit_graphql.services.tickets.interventions import Work
from osit_graphql.services.tickets.qualification import Correction
from osit_graphql.services.tickets.ticket_command import CommandResult
from osit_graphql.services.validation import ABSENT

Command = Callable[..., Awaitable[CommandResult]]
Progress = Callable[[int, int], None]

_COMMANDS_WITHOUT_ARGUMENTS: Mapping[type[events.TicketEvent], Command] = {
    events.InterventionVoided: tickets.void_intervention,
    events.Closed: tickets.close,
    events.Reopened: tickets.reopen,
}


class EventReplay:
    """Replays events, and stores the IDs of tickets and of their last interventions by ticket key."""

    def __init__(self, session: Session, directory: Directory, calendar: WorkingCalendar) -> None:
        self.meetings = MeetingScheduler(session, calendar.zone)
        self._session = session
        self._directory = directory
        self._calendar = calendar
        self._ticket_ids: dict[int, int] = {}
        self._intervention_ids: dict[int, int] = {}

    async def run(self, timeline: Sequence[events.TicketEvent], progress: Progress | None = None) -> None:
        """Replay every event; `progress` is called with the number done and the total."""
        for done, event in enumerate(timeline, 1):
            with clock.at(self._calendar.moment(event.minute)):
                await self._replay(event, self._directory.viewer(event.actor))
            if progress is not None:
                progress(done, len(timeline))

    async def _replay(self, event: events.TicketEvent, viewer: Viewer) -> None:
        if isinstance(event, events.Opened):
            result = await tickets.create(tickets.CommandContext(self._session, viewer), self._new_ticket(event))
            self._ticket_ids[event.ticket_key] = result.ticket_id
            return
        command, arguments = await self._command(event, viewer)
        ids = self._intervention_ids if isinstance(event, events.InterventionVoided) else self._ticket_ids
        comment = self._comment(event)
        context = tickets.CommandContext(self._session, viewer)
        result = await command(context, ids[event.ticket_key], comment=comment, **arguments)
        if isinstance(event, events.InterventionLogged):
            self._intervention_ids[event.ticket_key] = result.activity_ids[0]

    def _comment(self, event: events.TicketEvent) -> str | None:
        if event.comment is None or event.related_key is None:
            return event.comment
        return event.comment.replace("{number}", str(self._ticket_ids[event.related_key]))

    async def _command(  # noqa: PLR0911 - a command each
        self, event: events.TicketEvent, viewer: Viewer
    ) -> tuple[Command, dict[str, Any]]:
        """Return the event's ticket command, and its arguments besides the ticket and the comment."""
        calendar, directory = self._calendar, self._directory
        match event:
            case events.Commented():
                return tickets.comment, {"internal": event.internal}
            case events.Assigned():
                return tickets.assign, {"assignee_id": directory.person_id(event.assignee)}
            case events.Prioritized():
                return tickets.prioritize, {"priority": event.priority}
            case events.Qualified():
                correction = Correction(event.severity or ABSENT, event.criticality or ABSENT)
                return tickets.qualify, {"correction": correction}
            case events.Rerouted():
                return tickets.reroute, {"service_id": directory.services[event.service]}
            case events.InterventionLogged():
                started_at = calendar.moment(event.minute - event.minutes)
                work = Work(started_at, event.minutes, directory.causes[event.cause], event.expenses)
                return tickets.log_intervention, {"work": work, "zone": calendar.zone}
            case events.Decided():
                meeting_id = await self.meetings.meeting_on_day_of(viewer, calendar.moment(event.minute))
                return tickets.decide, {"decision": event.decision, "meeting_id": meeting_id}
        return _COMMANDS_WITHOUT_ARGUMENTS[type(event)], {}

    def _new_ticket(self, event: events.Opened) -> NewTicket:
        directory = self._directory
        return NewTicket(
            title=event.title,
            description=event.description,
            requester_id=directory.person_id(event.requester),
            application_id=directory.applications[event.application],
            service_id=directory.services[event.service],
            severity=event.severity,
            criticality=event.criticality,
            site_id=directory.sites[event.requester.site.name],
            suspected_cause_id=None if event.suspected_cause is None else directory.causes[event.suspected_cause],
            impact=event.impact,
            comment=event.comment,
        )
