"""The example client: its tools accept the schema, and the specification's story runs on the demo company."""

from pathlib import Path

import pytest

from tests.node.npm_project import NpmProject
from web.build import Node

CLIENT = Path(__file__).parents[2] / "examples" / "client"


@pytest.fixture(scope="module")
def client(node: Node) -> NpmProject:
    """The example client with its pinned packages."""
    project = NpmProject(node, CLIENT)
    project.install()
    return project


def test_client_tools_accept_the_schema(client: NpmProject) -> None:
    """Relay's compiler, graphql-codegen with strict scalars, tsc, graphql-eslint on the schema and the documents."""
    done = client.run_script("check")
    assert done.returncode == 0, done.stdout


def test_the_story_runs(client: NpmProject, graphql_address: str) -> None:
    """Authentication error → developers → network → closed, each step checked by the script itself."""
    done = client.run_script("story", graphql_address)
    assert done.returncode == 0, done.stdout
    assert "page après page" in done.stdout, done.stdout
