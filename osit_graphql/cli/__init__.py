"""The `osit` command: each of its commands is loaded when it is the one that is asked for."""

import sys
from importlib import import_module
from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup
from typer.main import get_group

from osit_graphql.domain.errors import SetupError, Unavailable

# Which module has each command, or the group of them that is called so; in the order in which they are listed.
PLACES = {
    "backup": "backup",
    "restore": "backup",
    "serve": "serve",
    "demo": "serve",
    "migrate": "schema",
    "schema": "schema",
    "audit": "audit",
    "import": "importer",
    "reports": "reports",
    "user": "users",
    "token": "tokens",
}


class Commands(TyperGroup):
    """What is called by a name of `PLACES`: all of it together takes several times as long to load as one command."""

    def list_commands(self, _context: Any) -> list[str]:
        """List them all."""
        return list(PLACES)

    def get_command(self, context: Any, name: str) -> Any:
        """Load the one that is asked for; all of them for a name that is none's, which is compared with theirs."""
        for each in [name] if name in PLACES else PLACES:
            if each not in self.commands:
                self.commands[each] = _load(each)
        return super().get_command(context, name)


def _load(name: str) -> Any:
    found = get_group(import_module(f"osit_graphql.cli.{PLACES[name]}").app)
    found.name = name
    return found.commands.get(name, found)


app = typer.Typer(
    name="osit",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def osit() -> None:
    """OSIT, the incident desk: its server and what whoever runs it needs."""


def main() -> None:
    """Run a command; what is wrong with the installation is one sentence and status 1."""
    try:
        app()
    except SetupError as error:
        sys.exit("\n".join(f"osit: {line}" for line in str(error).splitlines()))
    except Unavailable:
        sys.exit("osit: PostgreSQL does not answer where OSIT_DATABASE_URL says.")
    except ValidationError as error:
        sys.exit("\n".join(f"osit: OSIT_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()))
    except KeyboardInterrupt:
        sys.exit(0)
