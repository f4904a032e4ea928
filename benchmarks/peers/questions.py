"""The six operations of the bar: what each server is asked with, and answers in one shape, to be compared."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, parse, print_ast

from benchmarks.desk import COMMENTED, Desk, ticket_id
from benchmarks.load import TURNS
from benchmarks.singles import REMARK, STORY, TITLE, commented
from benchmarks.sizes import TODAY
from osit_graphql.api import global_ids
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import BadInput

Values = dict[str, Any]
Said = Callable[[Desk, int], Values]
DOCUMENTS = Path(__file__).with_name("documents")
LAST = TODAY.date() - timedelta(days=1)
MADE = ("id", "number", "openedAt", "createdAt")
"""What no two answers to a mutation have alike."""
NUMBERS = ("id", "number")


@dataclass(frozen=True)
class Question:
    """One operation, whoever OSIT is asked it by, and its variables: the peers', with rows' numbers, and OSIT's."""

    name: str
    label: str
    role: Role
    theirs: Said
    ours: Said
    alone: bool = False
    """Whether it is asked over one connection only: the others would but wait for the peers' scans."""
    turns: int = TURNS
    """How many different requests are sent, over and over."""

    def body(self, dialect: str, desk: Desk, turn: int) -> Values:
        """Return a request's body in a dialect: `osit`, `postgraphile`, `mercurius` or `floor`."""
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


def _period(days: int, since: str = "since", until: str = "until") -> Said:
    def period(_desk: Desk, turn: int) -> Values:
        last = LAST - timedelta(days=turn % 40)
        return {since: (last - timedelta(days=days - 1)).isoformat(), until: last.isoformat()}

    return period


def _our_period(days: int) -> Said:
    return lambda desk, turn: {"period": _period(days, "from", "to")(desk, turn)}


def _opened(desk: Desk, turn: int) -> Values:
    requester, application = (desk.keys[name][turn % len(desk.keys[name])] for name in ("requester", "application"))
    told = {"title": TITLE, "description": STORY, "severity": "MODERATE", "criticality": "BLOCKING"}
    named = {"requesterId": requester, "applicationId": application, "serviceId": 1 + application % 12}
    return {"input": {**told, **named}}


def _our_opened(desk: Desk, turn: int) -> Values:
    told = _opened(desk, turn)["input"]
    kinds = {
        "requesterId": global_ids.Kind.USER,
        "applicationId": global_ids.Kind.APPLICATION,
        "serviceId": global_ids.Kind.SERVICE,
    }
    return {"input": {**told, **{name: global_ids.encode(kind, told[name]) for name, kind in kinds.items()}}}


def _remark(desk: Desk, turn: int) -> Values:
    author = desk.viewers[Role.OPERATOR].user_id
    return {"input": {"ticketId": commented(desk, turn), "authorId": author, "comment": REMARK}}


def _our_remark(desk: Desk, turn: int) -> Values:
    return {"id": ticket_id(commented(desk, turn)), "input": {"comment": REMARK}}


QUESTIONS = (
    Question("Q1", "Q1 a ticket, its people, 20 history rows", Role.MANAGER, _ticket, _our_ticket),
    Question("Q2", "Q2 a page of 50 with people, application, service", Role.TECHNICIAN, _service, _nothing),
    Question("Q3", "Q3 cost by application over 12 months", Role.MANAGER, _period(365), _our_period(365), alone=True),
    Question("Q4", "Q4 recurrences over 90 days", Role.MANAGER, _period(90), _our_period(90), alone=True),
    Question("M1", "M1 create", Role.OPERATOR, _opened, _our_opened),
    Question("M2", "M2 comment", Role.OPERATOR, _remark, _our_remark, turns=COMMENTED),
)


def comparable(name: str, answer: Any) -> Any:
    """Return an answer's data as every server's should be: reports by their keys, and of what was made its shape."""
    if answer.get("errors"):
        raise ValueError(answer["errors"])
    [found] = (_plain(value) for value in answer["data"].values())
    if name in {"Q3", "Q4"}:
        return sorted(_line(row) for row in found)
    if name in {"M1", "M2"}:
        return {field: bool(value) if field in MADE else value for field, value in found.items()}
    return found


def _plain(value: Any) -> Any:
    """Take pages and payloads off, and read ids and moments."""
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
    return text if moment is None else moment.replace(microsecond=moment.microsecond // 1000 * 1000)  # JavaScript's


def _line(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return a report's row: what it is about, then its figures."""
    figures = row.get("figures", row)
    about = [row["application"]["id"] if "application" in row else int(row["applicationId"])]
    if "occurrences" in row:
        return (*about, row["cause"]["id"] if "cause" in row else int(row["causeId"]), row["occurrences"])
    money = (figures[name] for name in ("labour", "expenses"))
    amounts = (Decimal(each["amount"] if isinstance(each, dict) else each) for each in money)
    return (*about, int(figures["interventions"]), int(figures["minutes"]), *amounts)
