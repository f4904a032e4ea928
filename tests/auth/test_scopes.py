"""Scopes and the owner's roles limit a token, tested for every root field."""

import pytest
from graphql import GraphQLInputType, is_enum_type, is_input_object_type, is_list_type, is_non_null_type, parse
from sqlalchemy import update

from osit_graphql.db import visibility
from osit_graphql.db.models import Activity, Person, Ticket
from osit_graphql.domain.enums import Role, Scope
from osit_graphql.domain.viewer import Viewer
from tests.architecture.test_schema import BUILT, list_fields
from tests.auth.people import make_token
from tests.client import Api
from tests.company import Company
from tests.superuser import as_superuser

# Root fields by the scopes that reach them, typed by hand: never derived from the code.
READ, WRITE, REPORTS, DIRECTORY = Scope
ROOT_FIELDS: dict[tuple[Scope, ...], str] = {
    (READ, WRITE, REPORTS, DIRECTORY): "viewer node nodes signIn",
    (READ, DIRECTORY): "users services applications sites causes",
    (READ,): "ticket openTickets evolutionRequests closedTickets tickets similarTickets decisionMeetings",
    (WRITE,): """ticketCreate ticketComment ticketLogIntervention interventionVoid ticketAssign ticketPrioritize
        ticketQualify ticketReroute ticketClose ticketReopen ticketDecide meetingSchedule meetingUpdate""",
    (REPORTS,): "maintenanceCosts recurrences ticketFlow",
    (DIRECTORY,): """userCreate userUpdate serviceCreate serviceUpdate applicationCreate applicationUpdate siteCreate
        siteUpdate causeCreate causeUpdate apiTokenRevoke directoryChanges""",
    (): "signOut viewerPasswordChange apiTokenCreate",
}
REACHED = {name: set(scopes) for scopes, names in ROOT_FIELDS.items() for name in names.split()}
SCALARS = {
    "ID": '"tkt1_0000000000000000"', "String": '"text"', "Int": "1", "Boolean": "true", "Decimal": '"1.00"',
    "DateTime": '"2026-01-05T09:00:00Z"', "Date": '"2026-01-05"', "Float": "1.0",
}  # fmt: skip


def fill(kind: GraphQLInputType) -> str:
    """Return a literal of an input type."""
    if is_non_null_type(kind):
        return fill(kind.of_type)
    if is_list_type(kind):
        return f"[{fill(kind.of_type)}]"
    if is_input_object_type(kind):
        needed = {name: field for name, field in kind.fields.items() if is_non_null_type(field.type)}
        needed = needed or dict([next(iter(kind.fields.items()))])
        return "{" + ", ".join(f"{name}: {fill(field.type)}" for name, field in needed.items()) + "}"
    if is_enum_type(kind):
        return str(next(iter(kind.values)))
    return SCALARS[str(kind)]


def smallest_document(name: str) -> str:
    """Return the smallest document of a root field."""
    field = list_fields()[name]
    needed = {
        argument_name: argument for argument_name, argument in field.args.items() if is_non_null_type(argument.type)
    }
    arguments = ", ".join(f"{argument_name}: {fill(argument.type)}" for argument_name, argument in needed.items())
    document = f"{name}({arguments})" if arguments else name
    mutation = BUILT.mutation_type is not None and name in BUILT.mutation_type.fields
    return f"{'mutation' if mutation else 'query'} {{ {document} {{ __typename }} }}"


@pytest.fixture
async def token_by_scope(company: Company, api: Api) -> dict[Scope, str]:
    """Return one token per scope, all owned by a person with all roles."""
    async with as_superuser(company.database).transaction() as session:
        everything = update(Person).where(Person.id == company.keys["twofold"]).values(roles=list(map(str, Role)))
        await session.execute(everything)
    return {scope: (await make_token(api, company.tokens["twofold"], scope))[0] for scope in Scope}


def test_the_table_lists_every_root_field() -> None:
    assert set(REACHED) == set(list_fields())
    for name in REACHED:
        parse(smallest_document(name))


@pytest.mark.parametrize("scope", Scope)
async def test_each_scope_reaches_its_root_fields_only(
    company: Company, api: Api, token_by_scope: dict[Scope, str], scope: Scope
) -> None:
    refused = [
        name for name in REACHED if "FORBIDDEN" in (await api.ask(token_by_scope[scope], smallest_document(name))).codes
    ]
    # `node` and `nodes` refuse the ID as invalid, not as forbidden.
    assert refused == [name for name, scopes in REACHED.items() if scope not in scopes]


@pytest.mark.parametrize("name", ["signOut", "viewerPasswordChange", "apiTokenCreate"])
async def test_a_token_with_all_scopes_is_not_a_session(company: Company, api: Api, name: str) -> None:
    secret, _ = await make_token(api, company.tokens["admin"], *Scope)
    before = await company.snapshot()
    answer = await api.ask(secret, smallest_document(name))
    assert answer.codes == ["FORBIDDEN"]
    assert {table: rows for table, rows in (await company.snapshot()).items() if table != "api_token"} == {
        table: rows for table, rows in before.items() if table != "api_token"
    }


@pytest.mark.parametrize(
    ("kind", "scopes"),
    [
        ("ticket", {READ}),
        ("requester", {READ, DIRECTORY}),
        ("Réseau", {READ, DIRECTORY}),
        ("Portail", {READ, DIRECTORY}),
        ("Paris", {READ, DIRECTORY}),
        ("Configuration", {READ, DIRECTORY}),
        ("token", {DIRECTORY}),
    ],
)
async def test_objects_by_id_need_their_scope(
    company: Company, api: Api, token_by_scope: dict[Scope, str], kind: str, scopes: set[Scope]
) -> None:
    if kind == "ticket":
        named = company.id(await company.ticket())
    elif kind == "token":
        _, named = await make_token(api, company.tokens["manager"], READ)
    else:
        named = company.ids[kind]
    for scope, secret in token_by_scope.items():
        answer = await api.ask(
            secret, "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", {"id": named}
        )
        if scope in scopes:
            assert answer.data == {"node": {"id": named}, "nodes": [{"id": named}]}, scope
        else:
            assert set(answer.codes) == {"FORBIDDEN"}, scope


async def test_the_owners_roles_limit_a_token(company: Company, api: Api) -> None:
    number = await company.ticket(requester="colleague")
    every, _ = await make_token(api, company.tokens["requester"], *Scope)
    seen = "query ($n: Int!) { ticket(by: {number: $n}) { id } tickets { totalCount } }"
    assert await api.read(every, seen, n=number) == {"ticket": None, "tickets": {"totalCount": 0}}
    for name in ("maintenanceCosts", "userCreate", "ticketClose", "users"):
        assert (await api.ask(every, smallest_document(name))).codes == ["FORBIDDEN"], name


async def test_a_removed_role_limits_the_token_at_once(company: Company, api: Api) -> None:
    secret, _ = await make_token(api, company.tokens["manager"], READ, REPORTS)
    await company.ticket()
    counted = "{ tickets { totalCount } }"
    assert await api.read(secret, counted) == {"tickets": {"totalCount": 1}}
    async with as_superuser(company.database).transaction() as session:
        lost = update(Person).where(Person.id == company.keys["manager"]).values(roles=["REQUESTER"])
        await session.execute(lost)
    assert await api.read(secret, counted) == {"tickets": {"totalCount": 0}}
    assert (await api.ask(secret, smallest_document("ticketFlow"))).codes == ["FORBIDDEN"]


async def test_allowed_actions_depend_on_the_scopes(company: Company, api: Api) -> None:
    number = await company.ticket()
    ask = "query ($n: Int!) { viewer { allowedActions } ticket(by: {number: $n}) { allowedActions } }"
    actual = {}
    for scopes in ((READ,), (READ, WRITE), (READ, REPORTS)):
        secret, _ = await make_token(api, company.tokens["developer"], *scopes)
        answer = await api.read(secret, ask, n=number)
        actual[scopes] = (answer["viewer"]["allowedActions"], answer["ticket"]["allowedActions"])
    acts = ["COMMENT", "LOG_INTERVENTION", "ASSIGN", "PRIORITIZE", "QUALIFY", "REROUTE", "CLOSE"]
    assert actual == {(READ,): ([], []), (READ, WRITE): ([], acts), (READ, REPORTS): (["READ_REPORTS"], [])}


async def test_a_write_only_token_reads_nothing_of_its_ticket(company: Company, api: Api) -> None:
    number = await company.ticket()
    secret, _ = await make_token(api, company.tokens["developer"], WRITE)
    comment = """mutation ($id: ID!) { ticketComment(id: $id, input: {comment: "Vu"}) {
        ticket { title } activity { comment ticket { title } } userErrors { code field } } }"""
    payload = await api.act(secret, comment, id=company.id(number))
    assert payload == {"ticket": None, "activity": {"comment": "Vu", "ticket": None}, "userErrors": []}
    elsewhere = company.id(await company.ticket(service="Réseau"))
    assert await api.refusal(secret, comment, id=elsewhere) == [("id", "NOT_FOUND")]


async def test_nested_lists_need_their_scope(company: Company, api: Api, token_by_scope: dict[Scope, str]) -> None:
    await company.ticket()
    for document in (
        "{ viewer { openTicketCount } }",
        "{ viewer { evolutionRequestCount } }",
        "{ viewer { user { requestedTickets { totalCount } } } }",
    ):
        for scope, secret in token_by_scope.items():
            codes = (await api.ask(secret, document)).codes
            assert codes == ([] if scope is READ else ["FORBIDDEN"]), (document, scope)
    for scope, secret in token_by_scope.items():
        codes = (await api.ask(secret, "{ viewer { apiTokens { id } } }")).codes
        assert codes == ([] if scope is DIRECTORY else ["FORBIDDEN"])


async def test_a_read_token_reads_names_and_state_of_people_only(
    company: Company, api: Api, token_by_scope: dict[Scope, str]
) -> None:
    document = "{ users(first: 100) { nodes { name email phone roles active site { name } apiTokens { id } } } }"
    people = (await api.read(token_by_scope[READ], document))["users"]["nodes"]
    assert len(people) == len(company.viewers)
    hidden = {
        tuple(person[name] for name in ("email", "phone", "roles", "site", "apiTokens"))
        for person in people
        if person["name"] != "Twofold"
    }
    assert hidden == {(None,) * 5}
    assert {person["active"] for person in people} == {True}
    people = (await api.read(token_by_scope[DIRECTORY], document))["users"]["nodes"]
    assert {person["email"] for person in people} == {f"{name}@example.com" for name in company.viewers}
    for narrowed in ('search: "manager"', "roles: [MANAGER]", "active: true", f'siteId: "{company.ids["Lyon"]}"'):
        narrow = f"{{ users({narrowed}) {{ nodes {{ name }} }} }}"  # a hidden detail can't be a filter
        assert (await api.ask(token_by_scope[READ], narrow)).codes == ["FORBIDDEN"], narrowed
        assert (await api.read(token_by_scope[DIRECTORY], narrow))["users"]["nodes"], narrowed


async def test_rates_need_their_scope(company: Company, api: Api, token_by_scope: dict[Scope, str]) -> None:
    document = "query ($id: ID!) { node(id: $id) { ... on Service { hourlyRate { amount } } } }"
    actual = {}
    for scope in (READ, DIRECTORY):
        answer = await api.read(token_by_scope[scope], document, id=company.ids["Réseau"])
        actual[scope] = answer["node"]["hourlyRate"]
    assert actual == {READ: None, DIRECTORY: {"amount": "45.50"}}


@pytest.mark.parametrize("password", ['"long enough"', "null"])
async def test_a_token_sets_no_password(company: Company, api: Api, password: str) -> None:
    secret, _ = await make_token(api, company.tokens["admin"], DIRECTORY)
    create = f"""mutation {{ userCreate(input: {{name: "N", email: "n@example.com", roles: [MANAGER],
        siteId: "{company.ids["Paris"]}", password: {password}}}) {{ user {{ id }} userErrors {{ code }} }} }}"""
    change = f"""mutation {{ userUpdate(id: "{company.ids["manager"]}", input: {{phone: "1", password: {password}}}) {{
        user {{ id }} userErrors {{ code }} }} }}"""
    for document in (create, change):
        answer = await api.ask(secret, document)
        assert answer.codes == (["FORBIDDEN"] if password != "null" else []), document


@pytest.mark.parametrize("scopes", [(REPORTS,), (DIRECTORY,), (WRITE,)])
async def test_visibility_depends_on_the_scopes(company: Company, scopes: tuple[Scope, ...]) -> None:
    """Every SELECT of tickets and activities starts from visibility, even without the guards."""
    await company.ticket()
    owner = company.viewers["manager"]
    actual: dict[Viewer, list[int]] = {}
    for viewer in (owner, Viewer(owner.user_id, owner.roles, None, frozenset(scopes))):
        async with company.database.reading(viewer) as session:
            for statement in (visibility.tickets(viewer, Ticket.id), visibility.activities(viewer, Activity.id)):
                actual.setdefault(viewer, []).append(len((await session.execute(statement)).all()))
    assert list(actual.values()) == [[1, 1], [0, 0]]
