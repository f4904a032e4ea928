"""What an action answers out of the statement that writes it is what would be read afterwards, and is kept by then."""

from typing import Any

import pytest

from osit_graphql.domain.enums import Action, Role
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import activities, ticket_select
from osit_graphql.services.queries import tickets as reads
from osit_graphql.services.tickets import CommandContext, ResponseColumns
from tests.company import Company
from tests.desk import Desk
from tests.documents import valid_input
from tests.unit.statement_log import logged_statements
from tests.unit.test_written_activities import DONE

WHOLE = sorted(set(DONE) - {"a qualification that moves it"})
"""What is written as one row of history."""
SAID = "mutation ($id: ID!, $input: {kind}!) {{ {name}(id: $id, input: $input) {{ {fields} userErrors {{ code }} }} }}"
FIELDS = "number status version service { name } cost { amount } minutesSpent allowedActions updatedAt"
TICKET = f"ticket {{ {FIELDS} }}"


@pytest.mark.parametrize("what", WHOLE)
async def test_it_is_what_is_read_afterwards(company: Company, what: str) -> None:
    who, criticality, verb = DONE[what]
    viewer = company.viewers[who]
    for _ in range(2):
        number = await company.ticket(criticality=criticality)
        async with company.database.transaction(viewer) as session:
            context = CommandContext(
                session, viewer, ResponseColumns(ticket_select.ALL_COLUMNS, activities.ALL_COLUMNS)
            )
            outcome = await verb(company, context, number)
        assert outcome.has_response
        async with company.database.reading(viewer) as session:
            now = (await reads.by_ids(session, viewer, [outcome.ticket_id], ticket_select.ALL_COLUMNS)).get(
                outcome.ticket_id
            )
            told = await activities.by_ids(session, viewer, outcome.activity_ids, activities.ALL_COLUMNS)
        assert (outcome.ticket is None) == (now is None) == (what == "a re-routing out of sight")
        if outcome.ticket is not None and now is not None:
            assert outcome.ticket._mapping == dict(now._mapping)
            [receipt] = outcome.activities or ()
            row = told[receipt.id]
            assert {name: getattr(receipt, name) for name in row._mapping} == {n: getattr(row, n) for n in row._mapping}


async def test_what_is_not_asked_for_is_not_fetched(company: Company) -> None:
    number, viewer = await company.ticket(), company.viewers["developer"]
    async with company.database.transaction(viewer) as session:
        context = CommandContext(session, viewer, ResponseColumns(frozenset({"status"}), frozenset()))
        outcome = await DONE["a comment"][2](company, context, number)
    assert outcome.ticket is not None
    assert sorted(outcome.ticket._mapping) == ["id", "status"]
    [receipt] = outcome.activities or ()
    names = [name for name, _ in receipt._mapping.items() if not name.startswith("ticket__")]
    assert sorted(names) == ["id", "kind", "ticket_id"]


async def test_what_moves_in_two_steps_is_asked_after(company: Company) -> None:
    who, criticality, verb = DONE["a qualification that moves it"]
    number, viewer = await company.ticket(criticality=criticality), company.viewers[who]
    async with company.database.transaction(viewer) as session:
        context = CommandContext(session, viewer, ResponseColumns(ticket_select.ALL_COLUMNS, activities.ALL_COLUMNS))
        outcome = await verb(company, context, number)
        assert not outcome.has_response
        assert len(outcome.activity_ids) == 2


@pytest.mark.parametrize("others", [set(), {Role.REQUESTER}, {Role.OPERATOR}])
async def test_whoever_sends_it_out_of_their_sight_is_shown_nothing(company: Company, others: set[Role]) -> None:
    """But for those who see it by another role."""
    number, technician = await company.ticket(), company.viewers["developer"]
    viewer = Viewer(technician.user_id, frozenset({Role.TECHNICIAN, *others}), technician.service_id)
    async with company.database.transaction(viewer) as session:
        context = CommandContext(session, viewer, ResponseColumns(ticket_select.ALL_COLUMNS, activities.ALL_COLUMNS))
        outcome = await DONE["a re-routing out of sight"][2](company, context, number)
    assert (outcome.ticket is not None) == (Role.OPERATOR in others)


@pytest.mark.parametrize("key", [None, "une-clé"])
async def test_an_action_is_two_statements_and_its_key_one_more(desk: Desk, key: str | None) -> None:
    kept: dict[str, Any] = {} if key is None else {"idempotencyKey": key}
    document = SAID.format(kind="TicketCommentInput", name="ticketComment", fields=TICKET)
    number = await desk.company.ticket()
    for words in ("Un.", "Deux."):
        given = {"comment": words, **({"idempotencyKey": f"{key} {words}"} if kept else {})}
        with logged_statements(desk.company.database) as statements:
            answer = await desk.api.act(desk.token("developer"), document, id=desk.company.id(number), input=given)
        assert len(statements) == 2 + bool(kept)
    shown = await desk.ticket("developer", number, FIELDS)
    assert answer["ticket"] == shown


async def test_an_intervention_is_in_the_ticket_that_answers_it(desk: Desk) -> None:
    document = SAID.format(kind="TicketLogInterventionInput", name="ticketLogIntervention", fields=TICKET)
    number = await desk.company.ticket()
    given = valid_input(desk.company, Action.LOG_INTERVENTION)
    answer = await desk.api.act(desk.token("developer"), document, id=desk.company.id(number), input=given)
    assert answer["ticket"]["minutesSpent"] == 30
    assert answer["ticket"] == await desk.ticket("developer", number, FIELDS)
