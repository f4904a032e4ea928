"""Our schema as schemathesis sees it: what its scalars look like, and which refusals are meant."""

from typing import Any

import schemathesis
from graphql import GraphQLInputObjectType, introspection_from_schema
from hypothesis import strategies as st
from schemathesis.core.failures import Failure
from schemathesis.graphql import nodes

from tests.leaks.questions import SCHEMA
from tests.leaks.values import is_one_of

# Codes of intended refusals: of the viewer, the rate or a value. Any other error is a finding.
INTENDED_CODES = frozenset({"UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "THROTTLED"})
ONE_OF = frozenset(
    name for name, type_ in SCHEMA.type_map.items() if isinstance(type_, GraphQLInputObjectType) and is_one_of(type_)
)

ZONES = st.sampled_from(["Z", "+00:00", "+14:00", "-12:00", "+02:00"])
DAYS = st.dates().map(str)
TIMES = st.times().map(lambda time: time.isoformat("seconds"))
EDGES = st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2024-02-30T00:00:00Z", ""])
AMOUNTS = st.sampled_from(["NaN", "-Infinity", "1e999999999", "-0", "0.001", "99999999.99", "١٢", " 1", "1_0", ""])
SCALARS = {
    "ID": st.text(max_size=30) | st.sampled_from(["tkt1_", "usr1_0000000000000000", "rec1_", "tkt1_" + "f" * 16]),
    "Date": DAYS | st.sampled_from(["0000-01-01", "2023-02-29", "20240101", "2024-W01-1", "+2024-01-01"]),
    "DateTime": st.tuples(DAYS, st.just("T"), TIMES, ZONES).map("".join) | EDGES,
    "Decimal": st.decimals(-10_000, 10_000, places=2).map(str) | st.decimals().map(str) | AMOUNTS,
}


def load() -> Any:
    """Return the schema for schemathesis; intended refusals are no findings."""
    for name, values in SCALARS.items():
        schemathesis.graphql.scalar(name, values.map(nodes.String))
    surface = schemathesis.graphql.from_dict(dict(introspection_from_schema(SCHEMA)))

    @surface.hook
    def filter_failure(_context: Any, failure: Failure, _case: Any, _response: Any) -> bool:
        """Ignore a failure if all its errors are intended refusals."""
        errors = getattr(failure, "errors", None)
        return not errors or not INTENDED_CODES.issuperset(error.get("extensions", {}).get("code") for error in errors)

    return surface
