"""`Accept: text/csv`: reports and pages of lists as files for spreadsheets."""

import csv
import re
from io import StringIO
from typing import Any

import httpx
import pytest

from osit_graphql.domain.enums import Action
from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.reports.test_documented_queries import QUERIES

EXPORT = next(document for document, name in QUERIES.items() if name == "Export")
PAGE = """query ($first: Int, $after: String, $short: Boolean! = false) {
  tickets(first: $first, after: $after, orderBy: [{field: NUMBER, direction: ASC}]) {
    totalCount pageInfo { endCursor }
    nodes { n: number title ...Where impact @skip(if: $short) assignee { name active service { name } } version }
  } }
fragment Where on Ticket { site { name } service { name } ... on Ticket { site { city } } }"""
HEADER = ["n", "title", "site.name", "site.city", "service.name", "impact", "assignee.name", "assignee.active"]
HEADER += ["assignee.service.name", "version"]


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Give its people, at work through the API."""
    return Desk(company, api)


async def send(
    desk: Desk, document: str, who: str = "manager", accept: str = "text/csv", **values: Any
) -> httpx.Response:
    """Send a query."""
    headers = {"Accept": accept, "Authorization": f"Bearer {desk.token(who)}", "Accept-Language": "en"}
    return await desk.api.http.post("/graphql", json={"query": document, "variables": values}, headers=headers)


def cells(response: httpx.Response) -> list[list[str]]:
    """Return the cells of a file, header included; the file is RFC 4180."""
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Accept" in response.headers["Vary"]
    text = response.content.decode("utf-8")
    assert text.endswith("\r\n")
    return list(csv.reader(StringIO(text, newline=""), strict=True))


async def test_line_29_a_page_is_a_file(desk: Desk) -> None:
    first = await desk.company.ticket(title='Écran "noir", éteint')
    second = await desk.company.ticket(requester="colleague", service="Réseau")
    await desk.does("developer", Action.ASSIGN, first, assigneeId=desk.company.ids["peer"])
    response = await send(desk, PAGE, first=1)
    assert response.headers["Content-Disposition"] == 'attachment; filename="tickets.csv"'
    header, row = cells(response)
    assert header == HEADER
    assert row == [str(first), 'Écran "noir", éteint', "Paris", "", "Développement", "", "Peer", "true",
                   "Développement", "2"]  # fmt: skip
    page = (await desk.reads("manager", PAGE, first=1))["tickets"]["pageInfo"]
    header, row = cells(await send(desk, PAGE, after=page["endCursor"], short=True))
    assert "impact" not in header
    assert (row[0], row[-4:]) == (str(second), ["", "", "", "1"])


async def test_line_29_the_documented_report_is_a_file(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.LOG_INTERVENTION, number, startedAt="2026-03-05T09:00:00+01:00")
    header, *rows = cells(await send(desk, EXPORT))
    assert header == ["application.name", "month", "figures.interventions", "figures.total.amount"]
    assert len(rows) == 12
    assert [row for row in rows if row[2] != "0"] == [["Portail", "2026-03-01", "1", "42.50"]]


@pytest.mark.parametrize(
    ("selection", "header"),
    [
        ('ticketFlow(period: {from: "2020-01-01", to: "2020-01-31"}) { month opened }', ["month", "opened"]),
        ('recurrences(period: {from: "2020-01-01", to: "2020-01-31"}) { cause { name } tickets { totalCount } }',
         ["cause.name", "tickets.totalCount"]),
        ("openTickets { edges { cursor node { number openedAt } } }", ["cursor", "node.number", "node.openedAt"]),
        ('list: users(search: "zorglub") { nodes { __typename name } }', ["__typename", "name"]),
    ],
)  # fmt: skip
async def test_line_29_a_file_without_rows_has_its_header(desk: Desk, selection: str, header: list[str]) -> None:
    assert cells(await send(desk, f"{{ {selection} }}")) == [header]


@pytest.mark.parametrize(
    "document",
    [
        "{ tickets { nodes { number allowedActions } } }",
        "{ tickets { nodes { number activities { nodes { id } } } } }",
        "{ tickets { nodes { number } edges { cursor } } }",
        "{ tickets { totalCount } }",
        "{ tickets { nodes { number } } openTickets { nodes { number } } }",
        "{ viewer { id } }",
        "{ viewer { apiTokens { id } } }",
        "{ services { id } }",
        "{ ticket(by: {number: 1}) { activities { nodes { id } } } }",
        "{ __schema { types { name } } }",
        'mutation { ticketClose(id: "x", input: {comment: "x"}) { ticket { id } } }',
    ],
)
@pytest.mark.parametrize("who", ["manager", "developer"])
async def test_line_29_what_is_no_table_is_refused(desk: Desk, document: str, who: str) -> None:
    await desk.company.ticket()
    before = await desk.company.snapshot()
    response = await send(desk, document, who)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/graphql-response+json; charset=utf-8"
    [error] = response.json()["errors"]
    assert (error["extensions"]["code"], "data" in response.json()) == ("BAD_REQUEST", False)
    assert "no lists" in error["message"]
    assert await desk.company.snapshot() == before


@pytest.mark.parametrize(
    ("title", "cell"),
    [
        ('=HYPERLINK("http://evil.example")', "'=HYPERLINK(\"http://evil.example\")"),
        ("+33 6 12 34", "'+33 6 12 34"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("＝1+1", "'＝1+1"),
        ("-12.50", "-12.50"),
        ("-- Signature", "'-- Signature"),
        ("a=b", "a=b"),
        ("Écran", "Écran"),
    ],
)  # fmt: skip
async def test_line_29_formulas_are_text(desk: Desk, title: str, cell: str) -> None:
    await desk.company.ticket(title=title, description=f"Vu :\n{title}")
    _, row = cells(await send(desk, "{ tickets { nodes { title description } } }"))
    assert row == [cell, f"Vu :\n{title}"]


async def test_line_29_errors_are_no_file(desk: Desk) -> None:
    for document, who, code, status in (
        (EXPORT, "operator", "FORBIDDEN", 403),
        ("{ tickets(first: 101) { nodes { id } } }", "manager", "BAD_USER_INPUT", 400),
        ("{ tickets { nodes { unknown } } }", "manager", "GRAPHQL_VALIDATION_FAILED", 400),
    ):
        response = await send(desk, document, who)
        assert (response.status_code, response.json().get("data")) == (status, None)
        assert response.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("text/csv, application/json;q=0.9", True),
        ("text/csv, */*", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("application/json, text/csv;q=0.9", False),
        ("text/csv;q=0, */*", False),
        ("text/csv, application/json", False),
        ("*/*", False),
    ],
)
async def test_line_29_a_file_is_for_those_who_name_it(desk: Desk, accept: str, is_csv: bool) -> None:
    response = await send(desk, "{ tickets { nodes { number } } }", accept=accept)
    assert re.match("text/csv" if is_csv else "application/", response.headers["Content-Type"])


LOCAL = [
    "http://localhost:5173",
    "http://localhost",
    "https://app.localhost:3000",
    "http://127.0.0.1:8080",
    "http://[::1]:1",
]
FOREIGN = ["https://localhost.evil.example", "http://evil.example", "http://localhost:1@evil.example", "null", "file://",
           "http://127.0.0.1.evil.example", "http://evil-localhost"]  # fmt: skip


@pytest.mark.parametrize("origin", [*LOCAL, *FOREIGN])
async def test_line_29_in_development_origins_on_localhost_may_call(desk: Desk, origin: str) -> None:
    wanted = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    preflight = await desk.api.http.options("/graphql", headers=wanted)
    response = await desk.api.http.post("/graphql", json={"query": "{ __typename }"}, headers={"Origin": origin})
    allowed = [each.headers.get("access-control-allow-origin") for each in (preflight, response)]
    assert allowed == ([origin] * 2 if origin in LOCAL else [None] * 2)
    assert preflight.status_code == (200 if origin in LOCAL else 400)
    assert "access-control-allow-credentials" not in response.headers
