"""Generates evolution requests: estimated, decided in a meeting or postponed to the next, then developed."""

from collections.abc import Iterator
from random import Random

from osit_graphql.demo.calls import open_request
from osit_graphql.demo.company import CHANGE_REQUEST, DEFECT, technicians_of
from osit_graphql.demo.events import Decided
from osit_graphql.demo.randomness import draw_call_minute, draw_employee
from osit_graphql.demo.templates import COMMENTS, RequestTemplate, read_requests
from osit_graphql.demo.ticket_script import TicketScript
from osit_graphql.demo.working_hours import DAY_MINUTES, END_MINUTE, WORKING_DAYS
from osit_graphql.domain.enums import Criticality, Decision, Severity

_MEETING_INTERVAL_DAYS = 15
_DAYS_SINCE_LAST_MEETING = 8
_MEETING_START_MINUTE = 120  # of the working day
_MEETING_MINUTES = 90
_MAX_POSTPONEMENTS = 2
_TEMPLATES_PER_RECENT_REQUEST = 3  # one request in this many is newer than the last meeting


def generate(rng: Random, keys: Iterator[int]) -> Iterator[TicketScript]:
    """Yield the scripts of all requests; most are made twice."""
    for index, template in enumerate(read_requests()):
        is_recent = index % _TEMPLATES_PER_RECENT_REQUEST == 0
        if is_recent:
            minute = END_MINUTE - rng.randint(DAY_MINUTES, _DAYS_SINCE_LAST_MEETING * DAY_MINUTES)
        else:
            minute = min(draw_call_minute(rng), END_MINUTE - 12 * DAY_MINUTES)
        first = open_request(rng, next(keys), template, minute)
        _simulate(first, template)
        yield first
        if not is_recent:
            yield from _request_again(rng, keys, template, first)


def wait_for_meeting(script: TicketScript) -> None:
    """Advance the time to the next meeting."""
    day = script.minute // DAY_MINUTES + 1
    while (WORKING_DAYS - 1 - _DAYS_SINCE_LAST_MEETING - day) % _MEETING_INTERVAL_DAYS:
        day += 1
    script.minute = day * DAY_MINUTES + _MEETING_START_MINUTE + script.rng.randint(0, _MEETING_MINUTES)


def _request_again(
    rng: Random, keys: Iterator[int], template: RequestTemplate, first: TicketScript
) -> Iterator[TicketScript]:
    """Another caller makes the same request: again after a rejection, otherwise as a duplicate, which is closed."""
    rejected = any(isinstance(event, Decided) and event.decision is Decision.REJECTED for event in first.events)
    if rejected:
        minute = first.events[-1].minute + rng.randint(20, 80) * DAY_MINUTES
    else:
        minute = first.opened.minute + rng.randint(60, 4 * DAY_MINUTES)
    if minute >= END_MINUTE:
        return
    second = open_request(rng, next(keys), template, minute)
    if rejected:
        _simulate(second, template)
    else:
        second.wait(30, 600)
        second.close(COMMENTS["already_requested"], related_key=first.key)
    yield second


def _simulate(script: TicketScript, template: RequestTemplate) -> None:
    """Write all events after the opening."""
    script.wait(30, 900)
    if script.happens(0.04):
        _turn_into_incident(script)
        return
    if script.happens(0.6):
        script.comment(COMMENTS["estimated"])
    for _ in range(_MAX_POSTPONEMENTS):
        if not script.happens(0.3):
            break
        wait_for_meeting(script)
        script.decide(Decision.POSTPONED, COMMENTS["postponed"])
    wait_for_meeting(script)
    if script.happens(0.35):
        script.decide(Decision.REJECTED, (template.rejection,))
        return
    script.decide(Decision.APPROVED, (template.approval,))
    _develop(script, template)


def _develop(script: TicketScript, template: RequestTemplate) -> None:
    script.wait(60, 2500)
    assignee = draw_employee(script.rng, technicians_of(script.service))
    script.assign(assignee, by=assignee)
    script.comment(COMMENTS["development_started"])
    for _ in range(script.rng.randint(1, 3)):
        script.wait(300, 2500)
        script.log_intervention((template.report,), script.rng.randint(8, 28) * 15, CHANGE_REQUEST)
    script.wait(60, 900)
    script.close((template.closing,))


def _turn_into_incident(script: TicketScript) -> None:
    """The function existed before: the request becomes an incident."""
    script.qualify(
        COMMENTS["request_becomes_incident"], severity=Severity.MODERATE, criticality=Criticality.NON_BLOCKING
    )
    script.wait(60, 900)
    script.log_intervention(COMMENTS["setting_restored"], script.rng.randint(3, 9) * 10, DEFECT)
    script.wait(30, 300)
    script.close(COMMENTS["behaviour_restored"])
