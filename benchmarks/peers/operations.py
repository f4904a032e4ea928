"""The six compared operations: documents and variables for each server, and the common form of responses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, parse, print_ast

from benchmarks.desk import COMMENTED_TICKETS, Desk, ticket_id
from benchmarks.load import TURNS
from benchmarks.single_tickets import REMARK, STORY, TITLE, commented
from benchmarks.sizes import TODAY
from osit_graphql.api import global_ids
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import BadInput

Values = dict[str, Any]
VariablesOf = Callable[[Desk, int], Values]
DOCUMENTS = Path(__file__).with_name("documents")
LAST = TODAY.date() - timedelta(days=1)
GENERATED_FIELDS = ("id", "number", "openedAt", "createdAt")
"""Fields that differ between two responses of a mutation."""
NUMBERS = ("id", "number")


@dataclass(frozen=True)
class PeerOperation:
    """One operation: the role for OSIT, and variables for the peers and for OSIT."""

    name: str
    label: str
    role: Role
    theirs: VariablesOf
    ours: VariablesOf
    alone: bool = False
    """Whether one connection is measured only, because the peers scan whole tables."""
    turns: int = TURNS
    """Number of different requests, which are repeated."""

    def body(self, dialect: str, desk: Desk, turn: int) -> Values:
        """Return the body of a request in a dialect: `osit`, `postgraphile`, `mercurius` or `floor`."""
        if dialect == "floor":
            return {"operation": self.name, "variables": self.theirs(desk, turn)}
        variables = (self.ours if dialect == "osit" else self.theirs)(desk, turn)
        return {"query": documents(dialect)[self.name], "variables": variables}


@cache
def documents(dialect: str) -> dict[str, str]:
    """Return a dialect's documents by operation."""
    parsed = parse((DOCUMENTS / f"{dialect}.graphql").read_text("utf-8"))
    operations = [each for each in parsed.definitions if isinstance(each, OperationDefinitionNode) and each.name]
    return {each.name.value: " ".join(print_ast(each).split()) for each in operations if each.name}


def _ticket(desk: Desk, turn: int) -> Values:
    return {"id": desk.samples["long"][turn % len(desk.samples["long"])]}


def _our_ticket(desk: Desk, turn: int) -> Values:
    return {"id": ticket_id(_ticket(desk, turn)["id"])}


def _service(desk: Desk, _turn: int) -> Values:
    return {"serviceId": desk.viewers[Role.TECHNICIAN].service_id}


def _nothing(_desk: Desk, _turn: int) -> Values:
    return {}


def _period(days: int, since: str = "since", until: str = "until") -> VariablesOf:
    def period(_desk: Desk, turn: int) -> Values:
        last = LAST - timedelta(days=turn % 40)
        return {since: (last - timedelta(days=days - 1)).isoformat(), until: last.isoformat()}

    return period


def _our_period(days: int) -> VariablesOf:
    return lambda desk, turn: {"period": _period(days, "from", "to")(desk, turn)}


def _opened(desk: Desk, turn: int) -> Values:
    requester, application = (desk.keys[name][turn % len(desk.keys[name])] for name in ("requester", "application"))
    values = {"title": TITLE, "description": STORY, "severity": "MODERATE", "criticality": "BLOCKING"}
    named = {"requesterId": requester, "applicationId": application, "serviceId": 1 + application % 12}
    return {"input": {**values, **named}}


def _our_opened(desk: Desk, turn: int) -> Values:
    values = _opened(desk, turn)["input"]
    kinds = {
        "requesterId": global_ids.Kind.USER,
        "applicationId": global_ids.Kind.APPLICATION,
        "serviceId": global_ids.Kind.SERVICE,
    }
    return {"input": {**values, **{name: global_ids.encode(kind, values[name]) for name, kind in kinds.items()}}}


def _remark(desk: Desk, turn: int) -> Values:
    author = desk.viewers[Role.OPERATOR].user_id
    return {"input": {"ticketId": commented(desk, turn), "authorId": author, "comment": REMARK}}


def _our_remark(desk: Desk, turn: int) -> Values:
    return {"id": ticket_id(commented(desk, turn)), "input": {"comment": REMARK}}


OPERATIONS = (
    PeerOperation("Q1", "Q1 a ticket, its people, 20 history rows", Role.MANAGER, _ticket, _our_ticket),
    PeerOperation("Q2", "Q2 a page of 50 with people, application, service", Role.TECHNICIAN, _service, _nothing),
    PeerOperation(
        "Q3", "Q3 cost by application over 12 months", Role.MANAGER, _period(365), _our_period(365), alone=True
    ),
    PeerOperation("Q4", "Q4 recurrences over 90 days", Role.MANAGER, _period(90), _our_period(90), alone=True),
    PeerOperation("M1", "M1 create", Role.OPERATOR, _opened, _our_opened),
    PeerOperation("M2", "M2 comment", Role.OPERATOR, _remark, _our_remark, turns=COMMENTED_TICKETS),
)


def comparable(name: str, answer: Any) -> Any:
    """Return the data of a response in a form that is equal for all servers."""
    if answer.get("errors"):
        raise ValueError(answer["errors"])
    [data] = (_plain(value) for value in answer["data"].values())
    if name in {"Q3", "Q4"}:
        return sorted(_line(row) for row in data)
    if name in {"M1", "M2"}:
        return {field: bool(value) if field in GENERATED_FIELDS else value for field, value in data.items()}
    return data


def _plain(value: Any) -> Any:
    """Unwrap pages and payloads, decode IDs and times."""
    match value:
        case {"nodes": inner} | {"rows": inner} | {"ticket": inner} | {"activity": inner}:
            return _plain(inner)
        case {"madeTicket": inner} | {"madeComment": inner}:
            return _plain(inner)
        case dict():
            return {name: int(_plain(inner)) if name in NUMBERS else _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(each) for each in value]
        case str():
            return _read(value)
    return value


def _read(text: str) -> Any:
    try:
        return global_ids.parse(text, ())[1]
    except BadInput:
        pass
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC) if text[4:5] == "-" else None
    except ValueError:
        return text
    return (
        text if moment is None else moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    )  # JavaScript has milliseconds


def _line(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return the row of a report: its keys, then its figures."""
    figures = row.get("figures", row)
    about = [row["application"]["id"] if "application" in row else int(row["applicationId"])]
    if "occurrences" in row:
        return (*about, row["cause"]["id"] if "cause" in row else int(row["causeId"]), row["occurrences"])
    money = (figures[name] for name in ("labour", "expenses"))
    amounts = (Decimal(each["amount"] if isinstance(each, dict) else each) for each in money)
    return (*about, int(figures["interventions"]), int(figures["minutes"]), *amounts)
