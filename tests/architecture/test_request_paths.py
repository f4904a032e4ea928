"""The lists of files in docs/architecture.md are the files that three requests run through; `-s` prints these."""

import re
import sys
from typing import Any

import pytest

from osit_graphql.api.executor import CompiledExecutor
from osit_graphql.db import statements
from osit_graphql.settings import Settings
from tests import statement_comparison
from tests.architecture.source import ROOT
from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.executor import comparison
from tests.tracing import Trace, tracing

TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
DOCUMENTS = {name: document for document, name in re.findall(r"```graphql\n(\w+ (\w+).*?)\n```", TEXT, re.DOTALL)}
RESOLVERS = {
    "Close": "api/mutations/tickets.py",
    "Page": "api/queries/tickets.py",
    "Costs": "api/queries/reports.py",
}
REQUESTS = 5
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}


def documented(section: str) -> list[str]:
    """Return the files that a section's table lists."""
    table = TEXT.partition(f"<!-- files:{section} -->")[2].partition("<!-- /files -->")[0]
    return re.findall(r"^\| `([\w/]+\.py)`", table, re.MULTILINE)


@pytest.fixture
def no_comparisons(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the comparisons that the suite makes within each request."""
    if settings.executor != "compiled":
        pytest.skip("the document describes the default executor")
    monkeypatch.setattr(CompiledExecutor, "complete_object_value", comparison.complete_object_value)
    for name in ("fetch_as", "fetch"):
        monkeypatch.setattr(statements, name, getattr(statement_comparison, name))


async def trace_last(desk: Desk, operation: str, person: str, *variables: dict[str, Any]) -> Trace:
    """Send an operation once for each set of variables and return the trace of the last time."""
    for each in variables:
        with tracing(RESOLVERS[operation]) as trace:
            await desk.reads(person, DOCUMENTS[operation], **each)
    return trace


@pytest.fixture
async def traces(company: Company, api: Api, no_comparisons: None) -> dict[str, Trace]:
    """Provide the trace of each of the three requests, repeated until nothing is compiled any more."""
    desk = Desk(company, api)
    closings = []
    for number in [await company.ticket() for _ in range(REQUESTS)]:
        ticket = await desk.reads("developer", "query ($n: Int!) { ticket(by: {number: $n}) { id } }", n=number)
        closings.append({"id": ticket["ticket"]["id"], "input": {"comment": "Réparé."}})
    return {
        "Close": await trace_last(desk, "Close", "developer", *closings),
        "Page": await trace_last(desk, "Page", "developer", *[{"first": 50}] * REQUESTS),
        "Costs": await trace_last(desk, "Costs", "manager", *[{"period": YEAR}] * REQUESTS),
    }


def summary(traces: dict[str, Trace], shared: set[str]) -> str:
    """Return the lists of files; `*` marks those from the resolver to the first SQL."""
    lines = ["every:", *(f"  {file}" for file in traces["Close"].files if file in shared)]
    for name, trace in traces.items():
        lines += [f"{name}: {len(trace.files)} files, {len(trace.functions)} functions, {len(trace.between)} to SQL"]
        lines += [f"  {file}{' *' * (file in trace.between)}" for file in trace.files if file not in shared]
    return "\n".join(lines) + "\n"


async def test_documented_files_are_those_that_run(traces: dict[str, Trace]) -> None:
    """On failure, update the tables of the document from the lists that are printed."""
    shared = set.intersection(*(set(trace.files) for trace in traces.values()))
    sys.stdout.write(summary(traces, shared))
    assert set(documented("every")) == shared
    assert {name: set(documented(name)) for name in traces} == {
        name: set(trace.files) - shared for name, trace in traces.items()
    }
