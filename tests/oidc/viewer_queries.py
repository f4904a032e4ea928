"""Requests that show the viewer of a token."""

import json
from typing import Any

from tests.client import Api, ApiResponse

VIEWER_DOCUMENT = "{ viewer { user { email } roles } }"


async def read_viewer(api: Api, token: str) -> Any:
    """Return the email address and the roles of the token's viewer."""
    viewer = (await api.read(token, VIEWER_DOCUMENT))["viewer"]
    return viewer["user"]["email"], viewer["roles"]


async def read_refusal(api: Api, token: str) -> tuple[int, str, str]:
    """Return status, code and message of the refusal; check that the response has no data."""
    answer: ApiResponse = await api.ask(token, VIEWER_DOCUMENT)
    assert "data" not in json.loads(answer.text), answer.text
    [error] = answer.errors
    return answer.status, error["extensions"]["code"], error["message"]
