"""Playing the script: every step through the service that the API itself uses, at the moment when it happened."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from osit_graphql.db.engine import Session
from osit_graphql.demo import steps
from osit_graphql.demo.hours import Hours
from osit_graphql.demo.settlement import Directory
from osit_graphql.demo.sittings import Sittings
from osit_graphql.domain import clock
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services import tickets
from osit_graphql.services.tickets.create import NewTicket
from osit_graphql.services.tickets.interventions import Work
from osit_graphql.services.tickets.qualification import Correction
from osit_graphql.services.tickets.ticket_command import Outcome
from osit_graphql.services.validation import ABSENT

VERBS: Mapping[type[steps.Step], Callable[..., Awaitable[Outcome]]] = {
    steps.Remark: tickets.comment,
    steps.Assignment: tickets.assign,
    steps.Ranking: tickets.prioritize,
    steps.Correction: tickets.qualify,
    steps.Rerouting: tickets.reroute,
    steps.Work: tickets.log_intervention,
    steps.Voiding: tickets.void_intervention,
    steps.Closing: tickets.close,
    steps.Reopening: tickets.reopen,
    steps.Ruling: tickets.decide,
}

Progress = Callable[[int, int], None]


class Stage:
    """What the play knows so far: each ticket's number, and its last intervention."""

    def __init__(self, session: Session, directory: Directory, hours: Hours) -> None:
        self.session = session
        self.directory = directory
        self.hours = hours
        self.numbers: dict[int, int] = {}
        self.lines: dict[int, int] = {}
        self.sittings = Sittings(session, hours.zone)

    async def play(self, script: Sequence[steps.Step], progress: Progress | None = None) -> None:
        """Play every step; `progress` hears how many are done, of how many."""
        for done, step in enumerate(script, 1):
            with clock.at(self.hours.moment(step.at)):
                await self._act(step, self.directory.viewer(step.actor), self._comment(step))
            if progress is not None:
                progress(done, len(script))

    def _comment(self, step: steps.Step) -> str | None:
        if step.comment is None or step.about is None:
            return step.comment
        return step.comment.replace("{number}", str(self.numbers[step.about]))

    async def _act(self, step: steps.Step, viewer: Viewer, comment: str | None) -> None:
        if isinstance(step, steps.Opening):
            outcome = await tickets.create(self.session, viewer, self._read(step))
            self.numbers[step.ticket] = outcome.ticket_id
            return
        numbers = self.lines if isinstance(step, steps.Voiding) else self.numbers
        verb = VERBS[type(step)]
        outcome = await verb(
            self.session, viewer, numbers[step.ticket], comment=comment, **await self._tell(step, viewer)
        )
        if isinstance(step, steps.Work):
            self.lines[step.ticket] = outcome.activity_ids[0]

    async def _tell(self, step: steps.Step, viewer: Viewer) -> dict[str, Any]:
        """Return what the step's verb is told beside the ticket and the comment."""
        told: dict[str, Any] = {}
        match step:
            case steps.Remark():
                told = {"internal": step.internal}
            case steps.Assignment():
                told = {"assignee_id": self.directory.person(step.assignee)}
            case steps.Ranking():
                told = {"priority": step.priority}
            case steps.Correction():
                told = {"correction": Correction(step.severity or ABSENT, step.criticality or ABSENT)}
            case steps.Rerouting():
                told = {"service_id": self.directory.services[step.service]}
            case steps.Work():
                started = self.hours.moment(step.at - step.minutes)
                work = Work(started, step.minutes, self.directory.causes[step.cause], step.expenses)
                told = {"work": work, "zone": self.hours.zone}
            case steps.Ruling():
                meeting_id = await self.sittings.meeting_of(viewer, self.hours.moment(step.at))
                told = {"decision": step.decision, "meeting_id": meeting_id}
        return told

    def _read(self, call: steps.Opening) -> NewTicket:
        directory = self.directory
        return NewTicket(
            title=call.title,
            description=call.description,
            requester_id=directory.person(call.requester),
            application_id=directory.applications[call.application],
            service_id=directory.services[call.service],
            severity=call.severity,
            criticality=call.criticality,
            site_id=directory.sites[call.requester.site.name],
            suspected_cause_id=None if call.suspected is None else directory.causes[call.suspected],
            impact=call.impact,
            comment=call.comment,
        )
