"""The `osit serve` and `osit demo` commands. The server's modules are imported while the embedded PostgreSQL starts."""

import asyncio
import gc
import signal
import socket
import sys
from typing import Annotated, Any

import typer

from osit_graphql.domain.errors import SetupError
from osit_graphql.server import logging_config
from osit_graphql.server.database_urls import running_database
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
        raise SetupError(
            "The demo company's passwords are public: `osit demo` does not run with OSIT_ENVIRONMENT=production."
        )
    _start(settings, as_demo=True)


def _settings(port: int | None) -> Settings:
    settings = Settings()
    return settings if port is None else settings.model_copy(update={"port": port})


def _start(settings: Settings, *, as_demo: bool) -> None:
    """Check, bind the port and handle signals before anything slow, then serve."""
    if not settings.development:
        from osit_graphql.server.production_checks import check_production  # noqa: PLC0415 - slow to import

        asyncio.run(check_production(settings))
    logging_config.configure(settings)
    exit_on_signals()
    with bind_port(settings) as listener, running_database(settings, meanwhile=_import_server) as urls:
        _import_server().run(settings, urls, listener, as_demo=as_demo)


def _import_server() -> Any:
    """Import the server's modules and exempt them from garbage collection, which would take a seventh of the time."""
    gc.disable()
    try:
        from osit_graphql.server import run  # noqa: PLC0415 - while PostgreSQL starts
    finally:
        gc.freeze()
        gc.enable()
    return run


def bind_port(settings: Settings) -> socket.socket:
    """Bind the port, or raise `SetupError`: before the slow part of the start, not after it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it. asyncio sets it itself, but not on a socket that it gets as a file descriptor.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SetupError(
            f"{settings.host}:{settings.port} can't be used ({error.strerror}). Set PORT= or OSIT_PORT to another port."
        ) from error
    return listener


def exit_on_signals() -> None:
    """Exit at SIGTERM and SIGINT, closing everything. uvicorn raises them again after its graceful shutdown."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: sys.exit(0))
