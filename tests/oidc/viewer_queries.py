"""What a bearer asks, to see who they are taken for."""

import json
from typing import Any

from tests.client import Api, ApiResponse

VIEWER_DOCUMENT = "{ viewer { user { email } roles } }"


async def read_viewer(api: Api, token: str) -> Any:
    """Return whom the API takes the bearer for: an e-mail address and roles."""
    viewer = (await api.read(token, VIEWER_DOCUMENT))["viewer"]
    return viewer["user"]["email"], viewer["roles"]


async def read_refusal(api: Api, token: str) -> tuple[int, str, str]:
    """Return how it is refused: status, code, sentence; nothing else is told, least of all data."""
    answer: ApiResponse = await api.ask(token, VIEWER_DOCUMENT)
    assert "data" not in json.loads(answer.text), answer.text
    [error] = answer.errors
    return answer.status, error["extensions"]["code"], error["message"]
