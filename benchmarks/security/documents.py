"""C1, C2: hostile documents against the limits, and the time to parse and validate the worst."""

import sys
from time import perf_counter, process_time

from osit_graphql.api.document_cache import DocumentCache, InvalidDocumentError
from osit_graphql.api.errors import TooComplex
from osit_graphql.api.query_cost import WEIGHTS, Limits
from osit_graphql.api.schema import default_schema

LIMIT_MS = 150.0
"""Milliseconds for parsing and validating a document."""
RUNS = 5

# Refused, each because of one limit.
HOSTILE = {
    "300 aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(300)) + " }",
    "900 times one field": "{ viewer { " + "roles " * 900 + "} }",
    "root fields": "{ " + "__typename " * 900 + "}",
    "mutations by alias": "mutation { "
    + " ".join(f"a{n}: signOut {{ userErrors {{ code }} }}" for n in range(80))
    + " }",
    "directives on one field": "{ __typename " + "@skip(if: false) " * 140 + "}",
    "depth by fields": "{ tickets { nodes { " + "activities { nodes { ticket { " * 40 + "id" + " } } }" * 40 + " } } }",
    "depth by fragments": "{ ticket(by: {number: 1}) { ...F0 } } "
    + "".join(
        f"fragment F{n} on Ticket {{ activities {{ nodes {{ ticket {{ ...F{n + 1} }} }} }} }} " for n in range(40)
    )
    + "fragment F40 on Ticket { id }",
    "fragments that double, 60 times": "{ viewer { ...F0 } } "
    + "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }} " for n in range(60))
    + "fragment F60 on Viewer { roles }",
    "fragments that double, 90 times": "{ viewer { ...F0 } } "
    + "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }} " for n in range(90))
    + "fragment F90 on Viewer { roles }",
    "fragments that triple": "{ viewer { ...F0 } } "
    + "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} ...F{n + 1} }} " for n in range(50))
    + "fragment F50 on Viewer { roles }",
    "fragments with aliases": "{ viewer { " + "...A " * 40 + "} } fragment A on Viewer { a: roles }",
    "a fragment of directives": "{ viewer { " + "...A " * 60 + "} } fragment A on Viewer { roles @skip(if: false) }",
    "several operations": "query A { viewer { id } } query B { " + "__typename " * 21 + "}",
    "tokens": "{ " + "viewer { id } " * 400 + "}",
    "braces": "{a" * 450,
    "nested lists": "{ nodes(ids: " + "[" * 900 + "]" * 90 + ") { id } }",
    "comments": "#\n" * 5_000 + "{ __typename }",
    "blanks": "{ __typename }" + " " * 100_000,
    "one long name": "{ " + "a" * 30_000 + " }",
    "one long text": '{ node(id: "' + "a" * 30_000 + '") { id } }',
}

# As large as the limits allow.
WORST = {
    "the same nested fields, again and again": "{ tickets { "
    + "nodes { requester { site { name } } service { name } } " * 62
    + "} }",
    "the same fields by fragments": "{ tickets { nodes { "
    + " ".join(f"...F{n}" for n in range(50))
    + " } } } "
    + " ".join(f"fragment F{n} on Ticket {{ requester {{ site {{ name }} }} }}" for n in range(50)),
    "fields that conflict": "{ viewer { " + " ".join(f"x: {'id' if n % 2 else 'roles'}" for n in range(30)) + " } }",
    "one field, 490 times": "{ viewer { " + "roles " * 490 + "} }",
    "arguments that differ": "{ " + " ".join(f"tickets(first: {n}) {{ nodes {{ id }} }}" for n in range(20)) + " }",
    "900 errors": "{ viewer { " + " ".join(f"x{n}" for n in range(980)) + " } }",
    "inline fragments": "{ viewer { " + "... on Viewer { user { id } } " * 60 + "} }",
    "fragments in a ring": " ".join(f"fragment F{n} on Viewer {{ ...F{(n + 1) % 100} }}" for n in range(100))
    + " { viewer { ...F0 } }",
    "variables": "query (" + " ".join(f"$v{n}: Int" for n in range(240)) + ") { viewer { id } }",
    "input objects": "{ tickets(filter: " + "{anyOf: [" * 20 + "{}" + "]}" * 20 + ") { totalCount } }",
    "fragments that double, six times": "{ viewer { ...F0 } } "
    + "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }} " for n in range(6))
    + "fragment F6 on Viewer { roles id allowedActions }",
}


def read(text: str) -> tuple[float, float, str]:
    """Return the minimum of elapsed and processor milliseconds, uncached, and the result."""
    elapsed, processor, outcome = [], [], "served"
    for _ in range(RUNS):
        documents = DocumentCache(default_schema().core, (), Limits.default(), WEIGHTS)
        started, started_processor = perf_counter(), process_time()
        try:
            documents.prepare(text)
        except InvalidDocumentError as invalid:
            refusal = invalid.errors[0].original_error
            outcome = "OPERATION_TOO_COMPLEX" if isinstance(refusal, TooComplex) else "invalid"
        elapsed.append((perf_counter() - started) * 1000)
        processor.append((process_time() - started_processor) * 1000)
    return min(elapsed), min(processor), outcome


def print_table(texts: dict[str, str]) -> list[tuple[float, str]]:
    """Print a table; return processor milliseconds and results."""
    print("| document | bytes | ms | ms of CPU | outcome |\n| --- | --: | --: | --: | --- |")
    results = []
    for name, text in texts.items():
        wall, processor, outcome = read(text)
        print(f"| {name} | {len(text):,} | {wall:.1f} | {processor:.1f} | {outcome} |")
        results.append((processor, outcome))
    return results


def main() -> int:
    """Print both tables; return 1 if a limit is exceeded."""
    read("{ viewer { id } }")
    print(f"C1: {len(HOSTILE)} hostile documents, least of {RUNS} runs, nothing cached.\n")
    hostile = print_table(HOSTILE)
    print(f"\nC2: {len(WORST)} documents at the limits; the bar is {LIMIT_MS:.0f} ms.\n")
    worst = print_table(WORST)
    refused = sum(outcome == "OPERATION_TOO_COMPLEX" for _, outcome in hostile)
    longest = max(processor for processor, _ in hostile + worst)
    print(
        f"\n{refused} of {len(HOSTILE)} hostile ones refused as too complex; the slowest of all took {longest:.1f} ms."
    )
    return int(refused < len(HOSTILE) or longest > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
