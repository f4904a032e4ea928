"""Another team's client: its tools take the schema, and the specification's story plays on the demo company."""

from pathlib import Path

import pytest

from tests.node.toolbox import Toolbox
from web.build import Node

CLIENT = Path(__file__).parents[2] / "examples" / "client"


@pytest.fixture(scope="module")
def client(node: Node) -> Toolbox:
    """The example client with its pinned packages."""
    toolbox = Toolbox(node, CLIENT)
    toolbox.install()
    return toolbox


def test_what_client_teams_run_takes_the_schema(client: Toolbox) -> None:
    """Relay's compiler, graphql-codegen with strict scalars, tsc, graphql-eslint on the schema and the documents."""
    done = client.run_script("check")
    assert done.returncode == 0, done.stdout


def test_the_story_plays(client: Toolbox, served: str) -> None:
    """Authentication error → developers → network → closed, each step checked by the script itself."""
    done = client.run_script("story", served)
    assert done.returncode == 0, done.stdout
    assert "page après page" in done.stdout, done.stdout
