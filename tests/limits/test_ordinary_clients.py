"""Ordinary clients stay far below every default limit."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, parse

from osit_graphql.api.query_cost import WEIGHTS, DocumentAnalyzer, Limits
from osit_graphql.api.schema import default_schema
from osit_graphql.settings import Settings
from tests.architecture.source import ROOT
from tests.client import Api
from tests.company import Company

README = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/clients.md"))
STORY = ROOT / "web/src/story/operations"
CLIENT = ROOT / "examples/client/src"
COMFORTABLE_SHARE = 0.5  # of the cost limit

# The operator screen during a call: the caller and their open tickets, similar tickets, the lists of the day, the
# directory, and all counts.
DESK = """query Desk($caller: String!, $draft: TicketDraft!, $first: Int = 50) {
  viewer { id roles allowedActions openTicketCount user { id name } }
  users(search: $caller, first: 10) { nodes { id name email phone site { id name }
    requestedTickets(first: 10) { totalCount nodes { ...Line } } } }
  similarTickets(to: {draft: $draft}) { score ticket { ...Line description } }
  openTickets(first: $first) { totalCount nodes { ...Line requester { id name phone site { name } } assignee { id name }
    activities(last: 3) { totalCount nodes { id kind comment createdAt author { id name } } } }
    pageInfo { hasNextPage endCursor } }
  urgent: openTickets(filter: {priorities: [URGENT]}, first: 20) { totalCount nodes { ...Line } }
  evolutionRequests(first: 20) { totalCount nodes { ...Line requester { id name } } }
  closedTickets(first: 20) { totalCount nodes { ...Line closedAt } }
  applications(active: true) { id name defaultService { id name } }
  services(active: true) { id name phone } sites { id name } causes(active: true) { id name }
}
fragment Line on Ticket { id number title status priority openedAt updatedAt allowedActions version
  service { id name } application { id name } }"""

# The manager's screen.
BOARD = """query Board($year: Period!, $quarter: Period!) {
  byApplication: maintenanceCosts(period: $year) { total { ...Figures } rows { application { id name }
    figures { ...Figures } } }
  byMonth: maintenanceCosts(period: $year, groupBy: [MONTH]) { rows { month figures { ...Figures } } }
  byService: maintenanceCosts(period: $year, groupBy: [SERVICE, MONTH]) { rows { month service { id name }
    figures { ...Figures } } }
  recurrences(period: $quarter, first: 20) { id application { id name } cause { id name } occurrences
    previousOccurrences figures { ...Figures } tickets(first: 5) { totalCount nodes { number title status } } }
  ticketFlow(period: $year, groupBy: [MONTH]) { month opened closed reopened rerouted medianHoursToClose }
  evolutionRequests(first: 50) { totalCount nodes { number title openedAt requester { name } application { name } } }
  decisionMeetings(first: 10) { nodes { id title heldAt agenda { decision ticket { number title } } } }
}
fragment Figures on CostFigures { interventions minutes tickets labour { amount } expenses { amount }
  total { amount currency } }"""

TYPE = "ofType { kind name " * 9 + "}" * 9
# What graphql-js 16's `getIntrospectionQuery` makes of GraphiQL 5's options.
INTROSPECTION = """query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind }
    subscriptionType { name kind } types { ...FullType }
    directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
  fragment FullType on __Type { kind name description specifiedByURL isOneOf
    fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue }
      type { ...TypeRef } isDeprecated deprecationReason }
    inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef } }
  fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated
    deprecationReason }
  fragment TypeRef on __Type { kind name TYPE }""".replace("TYPE", TYPE)


def read_client() -> str:
    """Return all documents of the example client as one, so that operations find their fragments."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(CLIENT.rglob("*.graphql")))


def split(text: str) -> list[str]:
    """Return one document per operation, with the fragments that it spreads."""
    document = parse(text)
    sources = {node.name.value: _text(node) for node in document.definitions if node.kind == "fragment_definition"}  # type: ignore[attr-defined]  # a fragment's name
    return [
        "\n".join([_text(node), *(sources[name] for name in _closure(_text(node), sources))])
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    ]


def _text(node: object) -> str:
    location = node.loc  # type: ignore[attr-defined]  # every node that was parsed has one
    return str(location.source.body[location.start : location.end])


def _spread(text: str) -> list[str]:
    return re.findall(r"\.\.\.\s*(?!on\b)(\w+)", text)


def _closure(text: str, sources: dict[str, str]) -> list[str]:
    names: list[str] = []
    waiting = _spread(text)
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.append(name)
            waiting += _spread(sources[name])
    return names


def gather() -> dict[str, str]:
    """Return all documents of the repository by their place."""
    documents = {path.name: path.read_text(encoding="utf-8") for path in sorted(STORY.glob("*.graphql"))}
    shown = re.findall(r"```graphql\n(query .*?)\n```", README, re.DOTALL)
    shown += re.findall(r"ask \S+ '([^']+)'", README)
    documents |= {f"README {index}": text for index, text in enumerate(shown)}
    documents |= {f"examples/client {index}": text for index, text in enumerate(split(read_client()))}
    scripts = [path.read_text(encoding="utf-8") for path in sorted(CLIENT.rglob("*.ts*"))]
    tagged = [text for script in scripts for text in re.findall(r"graphql`(.*?)`", script, re.DOTALL)]
    fragments = "\n".join(text for text in tagged if text.strip().startswith("fragment"))
    for index, text in enumerate(tagged):
        if not text.strip().startswith("fragment"):
            documents |= {f"examples/client tagged {index}": split(text + fragments)[0]}
    return documents | {"desk": DESK, "board": BOARD, "introspection": INTROSPECTION}


DOCUMENTS = gather()


def test_all_documents_are_collected() -> None:
    assert len(list(STORY.glob("*.graphql"))) == 9
    assert sum(name.startswith("README") for name in DOCUMENTS) == 10
    assert sum(name.startswith("examples/client") for name in DOCUMENTS) >= 14
    assert Path(CLIENT).is_dir()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_is_far_below_every_limit(name: str) -> None:
    half = replace(Limits.default(), fields=250, aliases=15, directives=25, tokens=750, characters=10_000)
    if "tagged" not in name:  # Relay's own directives are gone from what its compiler sends
        default_schema().documents.prepare(DOCUMENTS[name])
    for _, analysis in DocumentAnalyzer(default_schema().core, half, WEIGHTS).analyze(parse(DOCUMENTS[name])):
        assert analysis.violations == ()
        assert analysis.cost_formula.evaluate({"first": 100}).points <= COMFORTABLE_SHARE * Limits.default().cost


async def test_a_screen_stays_below_the_rate_limit(company: Company) -> None:
    """With the default settings, the requests of ten minutes at once."""
    await company.ticket()
    ordinary = Settings(_env_file=None)
    draft = {"title": "Écran noir", "description": "Plus rien."}
    async with Api(ordinary, company.database) as api:
        for _ in range(20):
            answer = await api.ask(company.tokens["operator"], DESK, {"caller": "requester", "draft": draft})
            assert (answer.status, answer.errors) == (200, [])
        periods = {"year": {"from": "2026-01-01", "to": "2026-12-31"}}
        for _ in range(20):
            board = periods | {"quarter": periods["year"]}
            assert (await api.ask(company.tokens["manager"], BOARD, board)).errors == []
        for _ in range(20):
            schema_ = await api.ask(None, INTROSPECTION)
            assert schema_.errors == []
        assert len(schema_.data["__schema"]["types"]) > 80
