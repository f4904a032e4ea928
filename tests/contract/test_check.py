"""The contract check reports changes that would break a client, and accepts all others."""

import pytest

from tests.contract.check import find_problems

CONTRACT = """
    type Query {
      node(id: ID!): Node
      tickets(first: Int = 20, orders: [Order!]): [Ticket!]!
      report(period: Period!): Report
      notes(within: Range): String
    }
    interface Node { id: ID! }
    type Ticket implements Node { id: ID! title: String! note: String status: Status! }
    type Report { total: Float! }
    enum Status { OPEN CLOSED }
    enum Order { NUMBER RELEVANCE }
    input Period { from: String! to: String! days: Int! = 7 }
    input Range { since: String until: String }
    input By @oneOf { id: ID number: Int }
    type Mutation { close(by: By!, comment: String!): Ticket }
"""

BREAKING = {
    "a type is missing": (
        "Report was removed",
        "type Report { total: Float! }",
        "",
        "report(period: Period!): Report",
        "",
    ),
    "a field is missing": ("Field Ticket.note was removed", "note: String ", ""),
    "an argument is missing": ("Argument Query.tickets(orders:) was removed", ", orders: [Order!]", ""),
    "an enum value is missing": ("Enum value Status.CLOSED was removed", "CLOSED }", "}"),
    "an input field is missing": ("Field By.number was removed", "number: Int }", "}"),
    "an interface is gone": (
        "Ticket no longer implements interface Node",
        "type Ticket implements Node",
        "type Ticket",
        "node(id",
        "n: Ticket node(id",
    ),
    "an output loosened": ("Ticket.title changed type from String! to String.", "title: String!", "title: String"),
    "a list's items loosened": ("Query.tickets changed type from [Ticket!]! to [Ticket]!", "[Ticket!]!", "[Ticket]!"),
    "an output of another type": ("Ticket.title changed type from String! to ID!", "title: String!", "title: ID!"),
    "a kind changed": ("Status changed from an Enum type", "enum Status { OPEN CLOSED }", "scalar Status"),
    "an argument made required": (
        "(orders:) has changed type from [Order!] to [Order!]!",
        "orders: [Order!]",
        "orders: [Order!]!",
    ),
    "an input field made required": (
        "Range.until changed type from String to String!",
        "until: String }",
        "until: String! }",
    ),
    "a required argument added": ("required argument Query.node(site:)", "node(id: ID!)", "node(id: ID!, site: ID!)"),
    "a required input field added": ("required field Period.zone", "to: String!", "to: String! zone: String!"),
    "an argument's default changed": ("from 20 to 50", "first: Int = 20", "first: Int = 50"),
    "an argument's default removed": ("(first:) defaultValue was removed", "first: Int = 20", "first: Int"),
    "an argument's default added": ("(orders:) added a defaultValue []", "orders: [Order!]", "orders: [Order!] = []"),
    "an input field's default changed": (
        "Period.days has changed defaultValue from 7 to 8",
        "days: Int! = 7",
        "days: Int! = 8",
    ),
    "oneOf lost": ("By is @oneOf on one side only", "input By @oneOf", "input By"),
    "oneOf gained": ("Range is @oneOf on one side only", "input Range", "input Range @oneOf"),
    "a root of another name": (
        "the query root is Query",
        "type Query",
        "schema { query: Root mutation: Mutation } type Root",
    ),
    "a root is missing": ("the mutation root is Mutation", "type Query", "schema { query: Query } type Query"),
    "a nullable root made non-null": ("Query.report is nullable", "Period!): Report", "Period!): Report!"),
    "not a valid schema": (
        "Report does not provide it",
        "type Report { total: Float! }",
        "type Report implements Node { total: Float! }",
    ),
}

HARMLESS = {
    "the same": ("", ""),
    "an output tightened": ("note: String", "note: String!"),
    "an argument made optional": ("comment: String!", "comment: String"),
    "an input field made optional": ("to: String!", "to: String"),
    "a field added": ("note: String", "note: String site: String"),
    "an optional argument added": ("node(id: ID!)", "node(id: ID!, site: ID)"),
    "an optional input field added": ("to: String!", "to: String! zone: String"),
    "an enum value added": ("OPEN CLOSED", "OPEN CLOSED LOST"),
    "an implementer added": ("type Report { total: Float! }", "type Report implements Node { id: ID! total: Float! }"),
    "a type and descriptions added": ("type Report", 'type Extra { id: ID } "What it cost." type Report'),
}


def change(*replacements: str) -> str:
    """Replace pairs of texts in the contract; each must be there."""
    schema = CONTRACT
    for old, new in zip(replacements[::2], replacements[1::2], strict=True):
        assert old in schema
        schema = schema.replace(old, new)
    return schema


@pytest.mark.parametrize("case", BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_reported(case: tuple[str, ...]) -> None:
    sentence, *replacements = case
    problems = find_problems(CONTRACT, change(*replacements), "")
    assert any(sentence in problem for problem in problems), problems


@pytest.mark.parametrize("replacements", HARMLESS.values(), ids=HARMLESS)
def test_an_addition_passes(replacements: tuple[str, ...]) -> None:
    assert find_problems(CONTRACT, change(*replacements), "") == []


LESS = change(
    *("report(period: Period!): Report", ""),
    *("type Report { total: Float! }", ""),
    *("input Period { from: String! to: String! days: Int! = 7 }", ""),
    *(" RELEVANCE", ""),
    *(", comment: String!", ""),
)
PENDING = """
# reports
Query.report
Report          # and the standard scalar that only they use
Period

Order.RELEVANCE
Mutation.close.comment
"""


def test_pending_pieces_may_be_absent() -> None:
    assert find_problems(CONTRACT, LESS, PENDING) == []


@pytest.mark.parametrize("line", ["Query.report", "Report", "Period", "Order.RELEVANCE", "Mutation.close.comment"])
def test_every_pending_line_is_needed(line: str) -> None:
    assert find_problems(CONTRACT, LESS, PENDING.replace(line, ""))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Query.tickets.first", "the schema offers it"),
        ("Ticket", "the schema offers it"),
        ("Status.OPEN", "the schema offers it"),
        ("Query.reports", "no such thing"),
        ("Query.report.periods", "no such thing"),
        ("Period", "pending twice"),
        ("Report.total", "pending with Report"),
    ],
)
def test_a_wrong_pending_line_is_reported(line: str, sentence: str) -> None:
    problems = find_problems(CONTRACT, LESS, f"{PENDING}\n{line}")
    assert any(problem.startswith(line) and sentence in problem for problem in problems), problems
