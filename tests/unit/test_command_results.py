"""The result that a command returns from its writing statement equals what a later query reads."""

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
from tests.unit.test_written_activities import COMMANDS

SINGLE_ROW_COMMANDS = sorted(set(COMMANDS) - {"a qualification that moves it"})
"""Commands that write one activity."""
MUTATION = (
    "mutation ($id: ID!, $input: {kind}!) {{ {name}(id: $id, input: $input) {{ {fields} userErrors {{ code }} }} }}"
)
FIELDS = "number status version service { name } cost { amount } minutesSpent allowedActions updatedAt"
TICKET = f"ticket {{ {FIELDS} }}"


@pytest.mark.parametrize("case", SINGLE_ROW_COMMANDS)
async def test_a_result_equals_a_later_read(company: Company, case: str) -> None:
    who, criticality, command = COMMANDS[case]
    viewer = company.viewers[who]
    for _ in range(2):
        number = await company.ticket(criticality=criticality)
        async with company.database.transaction(viewer) as session:
            context = CommandContext(
                session, viewer, ResponseColumns(ticket_select.ALL_COLUMNS, activities.ALL_COLUMNS)
            )
            result = await command(company, context, number)
        assert result.has_response
        async with company.database.reading(viewer) as session:
            now = (await reads.by_ids(session, viewer, [result.ticket_id], ticket_select.ALL_COLUMNS)).get(
                result.ticket_id
            )
            activities_by_id = await activities.by_ids(session, viewer, result.activity_ids, activities.ALL_COLUMNS)
        assert (result.ticket is None) == (now is None) == (case == "a re-routing to another service")
        if result.ticket is not None and now is not None:
            assert result.ticket.mapping == dict(now.mapping)
            [activity] = result.activities or ()
            row = activities_by_id[activity.id]
            names = [*row.mapping.keys()]  # a record's own items are its values
            assert {name: getattr(activity, name) for name in names} == {name: getattr(row, name) for name in names}


async def test_only_requested_columns_are_fetched(company: Company) -> None:
    number, viewer = await company.ticket(), company.viewers["developer"]
    async with company.database.transaction(viewer) as session:
        context = CommandContext(session, viewer, ResponseColumns(frozenset({"status"}), frozenset()))
        result = await COMMANDS["a comment"][2](company, context, number)
    assert result.ticket is not None
    assert sorted(result.ticket.mapping) == ["id", "status"]
    [activity] = result.activities or ()
    names = [name for name, _ in activity.mapping.items() if not name.startswith("ticket__")]
    assert sorted(names) == ["id", "kind", "ticket_id"]


async def test_a_command_with_two_activities_has_no_result_columns(company: Company) -> None:
    who, criticality, command = COMMANDS["a qualification that moves it"]
    number, viewer = await company.ticket(criticality=criticality), company.viewers[who]
    async with company.database.transaction(viewer) as session:
        context = CommandContext(session, viewer, ResponseColumns(ticket_select.ALL_COLUMNS, activities.ALL_COLUMNS))
        result = await command(company, context, number)
        assert not result.has_response
        assert len(result.activity_ids) == 2


@pytest.mark.parametrize("others", [set(), {Role.REQUESTER}, {Role.OPERATOR}])
async def test_a_ticket_that_becomes_hidden_is_not_in_the_result(company: Company, others: set[Role]) -> None:
    """Except for viewers who see it through another role."""
    number, technician = await company.ticket(), company.viewers["developer"]
    viewer = Viewer(technician.user_id, frozenset({Role.TECHNICIAN, *others}), technician.service_id)
    async with company.database.transaction(viewer) as session:
        context = CommandContext(session, viewer, ResponseColumns(ticket_select.ALL_COLUMNS, activities.ALL_COLUMNS))
        result = await COMMANDS["a re-routing to another service"][2](company, context, number)
    assert (result.ticket is not None) == (Role.OPERATOR in others)


@pytest.mark.parametrize("key", [None, "une-clé"])
async def test_an_action_takes_two_statements_and_a_third_with_a_key(desk: Desk, key: str | None) -> None:
    with_key: dict[str, Any] = {} if key is None else {"idempotencyKey": key}
    document = MUTATION.format(kind="TicketCommentInput", name="ticketComment", fields=TICKET)
    number = await desk.company.ticket()
    for words in ("Un.", "Deux."):
        input_ = {"comment": words, **({"idempotencyKey": f"{key} {words}"} if with_key else {})}
        with logged_statements(desk.company.database) as statements:
            answer = await desk.api.act(desk.token("developer"), document, id=desk.company.id(number), input=input_)
        assert len(statements) == 2 + bool(with_key)
    shown = await desk.ticket("developer", number, FIELDS)
    assert answer["ticket"] == shown


async def test_an_intervention_counts_in_the_returned_ticket(desk: Desk) -> None:
    document = MUTATION.format(kind="TicketLogInterventionInput", name="ticketLogIntervention", fields=TICKET)
    number = await desk.company.ticket()
    input_ = valid_input(desk.company, Action.LOG_INTERVENTION)
    answer = await desk.api.act(desk.token("developer"), document, id=desk.company.id(number), input=input_)
    assert answer["ticket"]["minutesSpent"] == 30
    assert answer["ticket"] == await desk.ticket("developer", number, FIELDS)
