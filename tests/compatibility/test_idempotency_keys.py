"""Idempotency keys of 0a7ae24: the same request is answered as it was the first time, and nothing is done again."""

from typing import Any

import pytest
from graphql import build_schema
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain import user_errors
from osit_graphql.services import stored_errors
from tests.architecture.source import ROOT
from tests.client import Api
from tests.compatibility.records import RECORD
from tests.superuser import as_superuser

KEYS: list[dict[str, Any]] = RECORD["keys"]
SCHEMA = ROOT / "schema.graphql"
# Every kind that a row can hold, with its code and what is stored beside its path. None may go or change.
STORED_KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "Required": ("REQUIRED", {}),
    "Invalid": ("INVALID", {}),
    "OutOfRange": ("INVALID", {"low": 1, "high": 1440}),
    "InTheFuture": ("INVALID", {}),
    "EndsInTheFuture": ("INVALID", {}),
    "Negative": ("INVALID", {}),
    "TooManyDecimals": ("INVALID", {}),
    "UnreadableText": ("INVALID", {}),
    "NotAnEmail": ("INVALID", {}),
    "WrongExpiry": ("INVALID", {}),
    "TooManyTokens": ("INVALID", {"limit": 50}),
    "WeakPassword": ("INVALID", {}),
    "NotATechnicianOfTheService": ("INVALID", {}),
    "NoService": ("INVALID", {}),
    "LastAdministrator": ("INVALID", {}),
    "ServiceHasTickets": ("INVALID", {"count": 3}),
    "TooLong": ("TOO_LONG", {"limit": 200}),
    "NotFound": ("NOT_FOUND", {}),
    "NotAllowedInStatus": ("NOT_ALLOWED_IN_STATUS", {}),
    "AlreadyVoided": ("NOT_ALLOWED_IN_STATUS", {}),
    "DecidedItem": ("NOT_ALLOWED_IN_STATUS", {}),
    "AlreadyDecided": ("NOT_ALLOWED_IN_STATUS", {}),
    "Unchanged": ("UNCHANGED", {}),
    "StaleVersion": ("STALE_VERSION", {"ticket_id": 27}),
    "AlreadyExists": ("ALREADY_EXISTS", {}),
    "Inactive": ("INACTIVE", {}),
    "InvalidCredentials": ("INVALID_CREDENTIALS", {}),
    "KeyReused": ("IDEMPOTENCY_KEY_REUSED", {}),
    "KeyInProgress": ("IDEMPOTENCY_IN_PROGRESS", {}),
}


async def send(api: Api, request: dict[str, Any], *, fields: str = "code field", **changes: Any) -> Any:
    """Send a recorded request, with changes of its input; return its payload."""
    document = RECORD["documents"][request["mutation"]].replace("{ code field }", f"{{ {fields} }}")
    variables = {**request["variables"], "input": {**request["variables"]["input"], **changes}}
    return (await api.read(RECORD["tokens"][request["who"]], document, **variables))[request["mutation"]]


async def test_a_request_under_an_old_key_gets_its_first_response(upgraded: Api, database: Database) -> None:
    async def dump() -> list[Any]:
        async with as_superuser(database).reading() as session:
            tables = "SELECT to_jsonb(k) FROM idempotency_key k UNION ALL SELECT to_jsonb(a) FROM activity a ORDER BY 1"
            return list(await session.scalars(text(tables)))

    before = await dump()
    for request in KEYS:
        assert await send(upgraded, request) == request["answer"], request["row"]["key"]
    assert await dump() == before


async def test_another_request_under_an_old_key_is_refused(upgraded: Api) -> None:
    for request in KEYS:
        if request["row"]["problems"] is None:
            change = {"title": "Autre"} if request["mutation"] == "meetingSchedule" else {"comment": "Autre chose."}
            payload = await send(upgraded, request, **change)
            assert [error["code"] for error in payload["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_an_old_refusal_has_the_sentence_of_a_new_one(upgraded: Api) -> None:
    for request in KEYS:
        if request["row"]["problems"] is not None:
            old, new = [
                (await send(upgraded, request, fields="code field message", idempotencyKey=key))["userErrors"]
                for key in (request["row"]["key"], None)
            ]
            assert old == new, request["row"]["key"]


@pytest.mark.parametrize("name", STORED_KINDS)
def test_a_stored_error_is_read_and_written_under_a_name_of_its_own(name: str) -> None:
    code, parameters = STORED_KINDS[name]
    stored = {"problem": name, "field": ["input", "comment"], **parameters}
    error = stored_errors.from_json(stored)
    assert (error.code, error.field) == (code, ("input", "comment"))
    assert stored_errors.to_json(error) == stored
    assert all(str(value) in error.sentence.format(**error.parameters) for value in parameters.values() if value != 27)


def test_every_class_of_user_errors_has_a_stored_kind() -> None:
    def subclasses(root: type[Any]) -> set[type[Any]]:
        return {root}.union(*(subclasses(child) for child in root.__subclasses__()))

    stored = [kind.error_class for kind in stored_errors.KINDS.values()]
    assert set(stored) == subclasses(user_errors.UserError) - {user_errors.UserError}
    assert len(set(stored)) == len(stored)
    assert set(stored_errors.KINDS) == set(STORED_KINDS)


def test_every_field_of_an_input_with_a_key_is_in_the_record() -> None:
    """A new field gets a line in the record; it changes no digest where it is absent, since its default is UNSET."""
    recorded: dict[str, set[str]] = {}
    for request in KEYS:
        recorded.setdefault(request["mutation"], set()).update(request["variables"]["input"])
    mutations: Any = build_schema(SCHEMA.read_text("utf-8")).mutation_type
    keyed = {
        name: set(argument.type.of_type.fields)
        for name, mutation in mutations.fields.items()
        for argument in mutation.args.values()
        if "idempotencyKey" in getattr(getattr(argument.type, "of_type", None), "fields", ())
    }
    assert keyed.keys() == recorded.keys()
    missing = {name: fields - recorded[name] - {"expectedVersion"} for name, fields in keyed.items()}
    assert {name: fields for name, fields in missing.items() if fields} == {}
