"""The floors: equal responses by a Python server without GraphQL or permissions: `floor.py text` or `floor.py rows`.

`text` returns JSON made by PostgreSQL; `rows` nests asyncpg's rows in Python and serializes them with orjson.
"""

import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def _read(name: str) -> dict[str, str]:
    """Return the statements of a file by the comment above each."""
    _, *parts = re.split(r"^-- (\w+)$", Path(__file__).with_name(name).read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


TEXT, ROWS = _read("text.sql"), _read("rows.sql")


def _values(variables: dict[str, Any]) -> list[Any]:
    values = variables.get("input", variables)
    return [date.fromisoformat(each) if name in {"since", "until"} else each for name, each in values.items()]


def _card(row: Any, email: int = 0) -> dict[str, Any]:
    requester = {"id": row[7], "name": row[8], **({"email": row[9]} if email else {})}
    return {
        "id": row[0], "number": row[0], "title": row[1], "severity": row[2], "criticality": row[3], "priority": row[4],
        "status": row[5], "openedAt": row[6], "requester": requester,
        "application": {"id": row[9 + email], "name": row[10 + email]},
        "service": {"id": row[11 + email], "name": row[12 + email]},
    }  # fmt: skip


async def _nested(connection: Any, name: str, values: list[Any]) -> Any:
    """Return the response of an operation from plain rows."""
    results = await connection.fetch(ROWS[name], *values)
    match name:
        case "Q1":
            rows = await connection.fetch(ROWS["history"], *values)
            activities = [
                {
                    "id": a,
                    "kind": b,
                    "comment": c,
                    "createdAt": d,
                    "author": None if e is None else {"id": e, "name": f},
                }
                for a, b, c, d, e, f in rows
            ]
            [row] = results
            return _card(row, 1) | {
                "description": row[14],
                "updatedAt": row[15],
                "closedAt": row[16],
                "activities": activities,
            }
        case "Q2":
            return [_card(row) for row in results]
        case "Q3":
            names = ("applicationId", "name", "interventions", "minutes", "labour", "expenses")
            return [dict(zip(names, row, strict=True)) for row in results]
        case "Q4":
            return [dict(zip(("applicationId", "causeId", "occurrences"), row, strict=True)) for row in results]
    [(key, word, moment, person, named)] = results
    who = {"id": person, "name": named}
    if name == "M1":
        return {"id": key, "number": key, "status": word, "openedAt": moment, "requester": who}
    return {"id": key, "kind": word, "createdAt": moment, "author": who}


async def _no_reset(_connection: Any) -> None:
    """Skip asyncpg's reset, which costs a round trip per release."""


def build(mode: str) -> Starlette:
    """Build the server."""
    pool: Any = None

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        nonlocal pool
        size = int(os.environ["POOL"])
        async with asyncpg.create_pool(os.environ["PGURL"], min_size=size, max_size=size, reset=_no_reset) as pool:
            yield

    async def answer(request: Request) -> Response:
        body = orjson.loads(await request.body())
        name, values = body["operation"], _values(body["variables"])
        async with pool.acquire() as connection:
            if mode == "text":
                data = (await connection.fetchval(TEXT[name], *values)).encode()
            else:
                data = orjson.dumps(await _nested(connection, name, values))
        return Response(b'{"data":{"answer":' + data + b"}}", media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(build(sys.argv[1]), port=int(os.environ["PORT"]), log_level="error", access_log=False)
