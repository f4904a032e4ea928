"""The `osit` command. Each subcommand's module is imported when it is used."""

import sys
import traceback
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup
from typer.main import get_group

from osit_graphql.domain.errors import SetupError, Unavailable

# Module of each command or command group, in the order of `osit --help`.
COMMAND_MODULES = {
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
    """Imports the module of the command that is run: importing all of them takes several times as long."""

    def list_commands(self, _context: Any) -> list[str]:
        """Return all command names."""
        return list(COMMAND_MODULES)

    def get_command(self, context: Any, name: str) -> Any:
        """Import the command's module; for an unknown name, import all, so that click can suggest one."""
        for each in [name] if name in COMMAND_MODULES else COMMAND_MODULES:
            if each not in self.commands:
                self.commands[each] = _load(each)
        return super().get_command(context, name)


def _load(name: str) -> Any:
    group = get_group(import_module(f"osit_graphql.cli.{COMMAND_MODULES[name]}").app)
    group.name = name
    return group.commands.get(name, group)


app = typer.Typer(
    name="osit",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"osit {version('osit-graphql')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)]


@app.callback()
def osit(_version: Version = False) -> None:
    """OSIT, the incident desk: server and administration."""


def main() -> None:
    """Run a command. A `SetupError` prints one sentence and exits with status 1.

    Any other exception prints its traceback without its text, which may quote rows.
    """
    try:
        app()
    except SetupError as error:
        sys.exit("\n".join(f"osit: {line}" for line in str(error).splitlines()))
    except Unavailable as error:
        sys.exit(f"osit: PostgreSQL is not available: {str(error).rstrip('.')}.")
    except ValidationError as error:
        sys.exit("\n".join(f"osit: OSIT_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()))
    except KeyboardInterrupt:
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the end of the program
        from osit_graphql.server.redaction import redact  # noqa: PLC0415 - asyncpg is slow to import

        traceback.print_exception(redact(error))
        sys.exit(1)
