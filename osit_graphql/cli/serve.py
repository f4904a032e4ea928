"""The `osit serve` and `osit demo` commands. What serves is loaded while PostgreSQL starts."""

import asyncio
import gc
from typing import Annotated, Any

import typer

from osit_graphql.domain.errors import SetupError
from osit_graphql.server import logging_config
from osit_graphql.server.database_urls import running
from osit_graphql.server.doorstep import end_cleanly, reserve
from osit_graphql.settings import Settings

Port = Annotated[int | None, typer.Option(help="The port to listen on, instead of OSIT_PORT.", min=0, max=65535)]

app = typer.Typer()


@app.command("serve")
def serve_command(port: Port = None) -> None:
    """Serve the API on the database that OSIT_DATABASE_URL names, or on the embedded one."""
    _start(_settings(port), as_demo=False)


@app.command("demo")
def demo_command(port: Port = None) -> None:
    """Fill an empty database with the demo company, then serve it; print the address and the accounts."""
    settings = _settings(port)
    if not settings.development:
        raise SetupError("The demo company's passwords are public: it has no place where OSIT_ENVIRONMENT=production.")
    _start(settings, as_demo=True)


def _settings(port: int | None) -> Settings:
    settings = Settings()
    return settings if port is None else settings.model_copy(update={"port": port})


def _start(settings: Settings, *, as_demo: bool) -> None:
    if not settings.development:
        asyncio.run(_load().demand(settings))
    logging_config.configure(settings)
    end_cleanly()
    with reserve(settings) as reserved, running(settings, meanwhile=_load) as addresses:
        _load().run(settings, addresses, reserved, as_demo=as_demo)


def _load() -> Any:
    """Load what serves. It stays: to look for garbage in it again and again takes a seventh of the time."""
    gc.disable()
    try:
        from osit_graphql.server import run  # noqa: PLC0415 - while PostgreSQL starts
    finally:
        gc.freeze()
        gc.enable()
    return run
