"""Ids that clients hold since 0a7ae24 still name the same objects, and new ones are written the same way."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

import pytest

from osit_graphql.api import global_ids
from osit_graphql.domain.date_range import Period
from osit_graphql.services.reports.request import Dimension, ReportFilter, ReportRequest
from tests.client import Api
from tests.compatibility.records import RECORD

NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
MANAGER = RECORD["tokens"]["manager"]


@pytest.mark.parametrize("prefix", RECORD["numbers"])
def test_an_id_is_the_same_number_for_ever(prefix: str) -> None:
    kind = global_ids.Kind(prefix)
    for number, text in RECORD["numbers"][prefix].items():
        assert global_ids.encode(kind, int(number)) == text
        assert global_ids.parse(text, ()) == (kind, int(number))


def test_every_kind_of_id_is_pinned() -> None:
    """A new kind gets a line in the record: its ids for the numbers of the others."""
    assert {kind.value for kind in global_ids.Kind} == set(RECORD["numbers"])


async def test_an_id_leads_to_the_same_object(upgraded: Api) -> None:
    pairs = iter(RECORD["types"].items())
    while batch := dict(islice(pairs, 50)):
        nodes = (await upgraded.read(MANAGER, NODES, ids=list(batch)))["nodes"]
        assert {node["id"]: node["__typename"] for node in nodes} == batch


def recurrence(record: dict[str, Any]) -> tuple[ReportRequest, tuple[int, ...]]:
    """Return the parts that an ID encodes."""
    lists = {name: tuple(keys) for name, keys in record["filter"].items()}
    narrowed = ReportFilter(
        application_ids=lists.get("applicationIds"),
        service_ids=lists.get("serviceIds"),
        site_ids=lists.get("siteIds"),
        cause_ids=lists.get("causeIds"),
    )
    period = Period(date.fromisoformat(record["from"]), date.fromisoformat(record["to"]))
    return ReportRequest(period, tuple(map(Dimension, record["groupBy"])), narrowed), tuple(record["group"])


def dimensions() -> Iterator[list[str]]:
    """Provide the dimensions of each id in the record."""
    for record in RECORD["recurrences"]:
        yield record["groupBy"]


def test_an_id_of_a_recurrence_means_the_same_for_ever() -> None:
    for record in RECORD["recurrences"]:
        request, group = recurrence(record)
        assert global_ids.encode_recurrence(request, group) == record["id"]
        assert global_ids.decode_recurrence(record["id"], ()) == (request, group)


def test_dimensions_and_filters_of_recurrences_are_all_pinned() -> None:
    """A new dimension or filter field comes last in the ids' lists, and gets lines in the record."""
    order = ["APPLICATION", "SERVICE", "SITE", "CAUSE"]
    assert [word.value for word in Dimension if word is not Dimension.MONTH] == order
    assert {len(words) for words in dimensions()} == {1, 2, 3, 4}
    fields = {name for record in RECORD["recurrences"] for name in record["filter"]}
    assert len(ReportFilter.__dataclass_fields__) == len(fields)


async def test_a_recurrence_has_the_same_tickets(upgraded: Api) -> None:
    for node in RECORD["recurrence_nodes"]:
        assert (await upgraded.read(MANAGER, RECORD["documents"]["node"], id=node["id"]))["node"] == node
