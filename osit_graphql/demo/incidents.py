"""Simulates an incident: accepted, analysed, re-routed, worked on, closed, sometimes reopened."""

from decimal import Decimal

from osit_graphql.demo import evolution_requests
from osit_graphql.demo.company import DEFAULT_SERVICES, DEFECT, OPERATORS, USER_MISTAKE, technicians_of
from osit_graphql.demo.randomness import draw_employee
from osit_graphql.demo.templates import COMMENTS, MISROUTED, Handover, IncidentTemplate, Texts
from osit_graphql.demo.ticket_script import TicketScript
from osit_graphql.demo.working_hours import DAY_MINUTES, END_MINUTE
from osit_graphql.domain.enums import Criticality, Decision, Priority, Severity

# Minutes of work from one event to the next, shortest and longest.
PAUSE_MINUTES = {
    Priority.URGENT: (2, 20),
    Priority.HIGH: (8, 110),
    Priority.NORMAL: (30, 700),
    Priority.LOW: (60, 1500),
}
_STALL_MINUTES = (1500, 16_000)  # the same, while the ticket waits for a part, a supplier or a delivery
_STALL_PROBABILITY = 0.1
_LATE_STALL_PROBABILITY = 0.55  # late in the year more tickets stall: the backlog
_LATE_MINUTE = END_MINUTE - 35 * DAY_MINUTES


def simulate(script: TicketScript, template: IncidentTemplate) -> None:
    """Write all events after the opening; the caller drops those in the future."""
    _accept(script)
    may_be_request = template.cause in {DEFECT, USER_MISTAKE} and template.criticality is Criticality.NON_BLOCKING
    if may_be_request and script.happens(0.05):
        _turn_into_request(script)
        return
    right_service = template.service or DEFAULT_SERVICES[script.opened.application]
    if script.service != right_service:
        _correct_service(script, right_service, template.cause)
    for handover in template.handovers:
        _hand_over(script, handover, template)
    _discuss(script, template)
    _solve(script, template)
    _pause(script)
    script.close(template.closings)
    if script.happens(0.07):
        _come_back(script, template)


def _pause(script: TicketScript) -> None:
    script.wait(*PAUSE_MINUTES[script.priority])


def _accept(script: TicketScript) -> None:
    low, high = PAUSE_MINUTES[script.priority]
    script.wait(low, high // 2)
    if script.happens(0.14):
        _change_priority(script)
        script.wait(1, 20)
    if script.happens(0.78):
        _assign(script)
        script.wait(1, 25)
    if script.happens(0.35):
        script.comment(COMMENTS["taken_up"])
    if script.happens(0.05):
        script.wait(5, 60)
        _change_severity(script)


def _assign(script: TicketScript) -> None:
    technicians = technicians_of(script.service)
    assignee = draw_employee(script.rng, technicians)
    actor = assignee if script.happens(0.7) else draw_employee(script.rng, technicians)
    script.assign(assignee, by=actor, texts=COMMENTS["delegated"] if actor is not assignee else ())


def _change_priority(script: TicketScript) -> None:
    priorities = list(Priority)
    rank = priorities.index(script.priority)
    if rank > 0 and (rank == len(priorities) - 1 or script.happens(0.6)):
        script.prioritize(priorities[rank - 1], COMMENTS["priority_raised"])
    else:
        script.prioritize(priorities[rank + 1], COMMENTS["priority_lowered"])


def _change_severity(script: TicketScript) -> None:
    severities = list(Severity)
    rank = severities.index(script.severity)
    if rank > 0 and (rank == len(severities) - 1 or script.happens(0.5)):
        script.qualify(COMMENTS["severity_raised"], severity=severities[rank - 1])
    else:
        script.qualify(COMMENTS["severity_lowered"], severity=severities[rank + 1])


def _correct_service(script: TicketScript, right_service: str, cause: str) -> None:
    """The wrong service checks the ticket, then re-routes it with its findings."""
    wrong_service = script.service
    if script.happens(0.5):
        script.log_intervention(COMMENTS["checked"], script.rng.randint(2, 6) * 5, cause)
        script.wait(2, 30)
    script.reroute(right_service, MISROUTED[wrong_service])
    script.wait(5, 90)
    _assign(script)


def _hand_over(script: TicketScript, handover: Handover, template: IncidentTemplate) -> None:
    if script.happens(0.12):
        return
    script.wait(5, 60)
    if script.happens(0.6):
        script.log_intervention(handover.findings, script.rng.randint(2, 9) * 5, template.cause)
    else:
        script.comment(handover.findings)
    script.wait(5, 60)
    script.reroute(handover.service, handover.reasons)
    _pause(script)
    if script.happens(0.8):
        _assign(script)


def _discuss(script: TicketScript, template: IncidentTemplate) -> None:
    for probability, texts, internal in (
        (0.6, template.notes, False),
        (0.22, COMMENTS["caller_called_back"], False),
        (0.22, template.internal_notes or COMMENTS["internal"], True),
        (0.2, _waiting_texts(template), False),
    ):
        if not script.happens(probability):
            continue
        _pause(script)
        by_operator = texts is COMMENTS["caller_called_back"]
        actor = draw_employee(script.rng, OPERATORS) if by_operator else None
        script.comment(texts, by=actor, internal=internal)
    stall_probability = _LATE_STALL_PROBABILITY if script.minute >= _LATE_MINUTE else _STALL_PROBABILITY
    if script.priority in {Priority.NORMAL, Priority.LOW} and script.happens(stall_probability):
        script.wait(*_STALL_MINUTES)
        script.comment(_waiting_texts(template))


def _waiting_texts(template: IncidentTemplate) -> Texts:
    if template.expenses:
        return COMMENTS["waiting_for_parts"]
    return COMMENTS["waiting_for_delivery" if template.cause == DEFECT else "waiting"]


def _solve(script: TicketScript, template: IncidentTemplate) -> None:
    for remaining in reversed(range(1 if script.happens(0.72) else 2)):
        script.wait(2, PAUSE_MINUTES[script.priority][1] // 2)
        minutes = _draw_duration(script, template)
        texts = (*template.notes, *COMMENTS["checked"]) if remaining else template.reports
        script.log_intervention(texts, minutes, template.cause, _draw_expenses(script, template))
        if script.happens(0.035):
            script.wait(2, 40)
            script.void_intervention(COMMENTS["intervention_voided"])
            script.log_intervention(template.reports, _draw_duration(script, template), template.cause)


def _draw_duration(script: TicketScript, template: IncidentTemplate) -> int:
    return max(5, script.rng.randint(*template.minutes) // 5 * 5)


def _draw_expenses(script: TicketScript, template: IncidentTemplate) -> Decimal | None:
    if template.expenses is None or script.happens(0.3):
        return None
    low, high = template.expenses
    return Decimal(script.rng.randint(low * 100, high * 100)) / 100


def _come_back(script: TicketScript, template: IncidentTemplate) -> None:
    script.wait(120, 3000)
    script.reopen(COMMENTS["reopened"])
    script.wait(10, 600)
    script.log_intervention(COMMENTS["fixed_again"], _draw_duration(script, template), template.cause)
    script.wait(20, 400)
    script.close(template.closings)


def _turn_into_request(script: TicketScript) -> None:
    script.qualify(COMMENTS["incident_becomes_request"], criticality=Criticality.EVOLUTION)
    evolution_requests.wait_for_meeting(script)
    script.decide(Decision.REJECTED, COMMENTS["rejected"])
