"""OSIT_DOCUMENTS reads the manifests of graphql-codegen and of the Relay compiler."""

import json
from pathlib import Path

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.server.app import build
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.node.npm_project import NpmProject
from web.build import Node

CLIENT = Path(__file__).parents[2] / "examples" / "client"
GENERATED = CLIENT / "trusted" / "__generated__"


@pytest.fixture(scope="module")
def manifests(node: Node) -> list[Path]:
    """Write the manifests of both tools from the documents of the example client."""
    project = NpmProject(node, CLIENT)
    project.install()
    done = project.run_script("trusted")
    assert done.returncode == 0, done.stdout
    return [GENERATED / "desk" / "persisted-documents.json", GENERATED / "queue.json"]


@pytest.fixture
async def api(manifests: list[Path], database: Database) -> Api:
    """An API that runs persisted documents only."""
    settings = Settings(_env_file=None, environment="production", documents=tuple(manifests), documents_only=True)
    return Api(settings, database, build(settings, database))


async def test_only_documents_of_the_manifests_run(api: Api, manifests: list[Path], company: Company) -> None:
    headers = {"Authorization": f"Bearer {company.tokens['operator']}"}
    texts = [json.loads(file.read_text()) for file in manifests]
    assert all(len(each) > 3 for each in texts)
    async with api:
        for identifier, text in [entry for each in texts for entry in each.items()]:
            for body in (
                {"documentId": identifier},
                {"doc_id": identifier},
                {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": identifier}}},
            ):
                answer = (await api.http.post("/graphql", json=body, headers=headers)).json()
                codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
                # The document ran: its variables are missing, or the session was ended by an earlier document.
                assert codes <= {"BAD_USER_INPUT", "UNAUTHENTICATED"}, text
        [open_tickets] = [key for key, text in texts[1].items() if text.startswith("query OpenTicketsQuery")]
        headers = {"Authorization": f"Bearer {company.tokens['developer']}"}
        answer = (await api.http.post("/graphql", json={"doc_id": open_tickets}, headers=headers)).json()
        assert answer["data"]["openTickets"]["edges"] == []
        free = await api.http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert free.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
