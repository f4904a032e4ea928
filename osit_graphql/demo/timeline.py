"""Generates the events of the demo company's year, the same for any date."""

from collections.abc import Iterator
from itertools import chain, count
from random import Random

from osit_graphql.demo import evolution_requests, example_story, incidents
from osit_graphql.demo.calls import draw_caller, open_incident
from osit_graphql.demo.company import CALL_SHARES, DATABASE_CONNECTION, DEFAULT_SERVICES, REQUESTERS, SITES
from osit_graphql.demo.events import InterventionLogged, TicketEvent
from osit_graphql.demo.randomness import draw_call_minute, draw_employee
from osit_graphql.demo.templates import COMMENTS, read_incidents
from osit_graphql.demo.ticket_script import TicketScript
from osit_graphql.demo.working_hours import DAY_MINUTES, END_MINUTE

TICKET_COUNT = 600
_SEED = 20_250_117
_OUTBREAK_COUNT = 16
_RECENT_CALL_COUNT = 18  # calls of the last three days, many of them from the public demo accounts


def generate() -> list[TicketEvent]:
    """Return every event of the year in order; events after the year's end are dropped."""
    rng = Random(_SEED)  # noqa: S311 - the same year every time is the point
    story = example_story.generate(0)
    keys = count(1 + max(event.ticket_key for event in story))
    scripts = [*_generate_outbreaks(rng, keys), *evolution_requests.generate(rng, keys)]
    calls = _generate_calls(rng, range(next(keys), TICKET_COUNT))
    past = [event for script in chain(scripts, calls) for event in _drop_future(script.events)]
    return sorted([*story, *past], key=lambda event: (event.minute, event.ticket_key))


def _drop_future(events: list[TicketEvent]) -> Iterator[TicketEvent]:
    """Yield the events before the year's end; no intervention is logged on the last day, which may be short."""
    for event in events:
        on_last_day = event.minute >= END_MINUTE - DAY_MINUTES
        if event.minute >= END_MINUTE or (isinstance(event, InterventionLogged) and on_last_day):
            return
        yield event


def _generate_calls(rng: Random, keys: range) -> Iterator[TicketScript]:
    with_account = tuple(person for person in REQUESTERS if person.account)
    for key in keys:
        remaining = keys.stop - key
        minute, caller = draw_call_minute(rng), None
        if remaining <= _RECENT_CALL_COUNT:
            minute = END_MINUTE - 1 - rng.randint(0, 3 * DAY_MINUTES)
            caller = (*with_account, None)[remaining % (len(with_account) + 1)]
        application = rng.choices(list(CALL_SHARES), list(CALL_SHARES.values()))[0]
        templates = read_incidents()[application]
        template = rng.choices(templates, [template.weight for template in templates])[0]
        script = open_incident(rng, key, application, template, minute, caller=caller)
        incidents.simulate(script, template)
        yield script


def _generate_outbreaks(rng: Random, keys: Iterator[int]) -> Iterator[TicketScript]:
    """Several people at a site report the same incident, in different words; the service works on the first ticket."""
    applications = list(DEFAULT_SERVICES)
    for index in range(_OUTBREAK_COUNT):
        ongoing = index == 0  # the first outbreak is of today, its tickets not yet linked
        minute = END_MINUTE - DAY_MINUTES + 60
        if not ongoing:
            minute = min(draw_call_minute(rng), END_MINUTE - 3 * DAY_MINUTES)
        application = applications[index % len(applications)]
        template = rng.choice(
            [each for each in read_incidents()[application] if each.cause == DATABASE_CONNECTION or not ongoing]
        )
        site = rng.choice(SITES)
        caller = draw_employee(
            rng, tuple(person for person in REQUESTERS if person.site is site and not person.has_left)
        )
        service = DEFAULT_SERVICES[application] if ongoing else None
        first = open_incident(rng, next(keys), application, template, minute, caller=caller, service=service)
        service = first.service
        incidents.simulate(first, template)
        yield first
        for rank in range(1, rng.randint(3, 5)):
            colleague = draw_caller(rng, END_MINUTE, near=caller)
            later = minute + rank * rng.randint(4, 35)
            script = open_incident(rng, next(keys), application, template, later, caller=colleague, service=service)
            if not ongoing:
                _close_as_duplicate(script, first)
            yield script


def _close_as_duplicate(script: TicketScript, first: TicketScript) -> None:
    script.wait(5, 60)
    if script.happens(0.4):
        script.comment_on_related(COMMENTS["related"], first.key)
    script.wait(20, 400)
    script.close(COMMENTS["duplicate"], related_key=first.key)
