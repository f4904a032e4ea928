"""Where clients come, and how the process is told to go: seen to before anything that takes time is loaded."""

import signal
import socket
import sys

from osit_graphql.domain.errors import SetupError
from osit_graphql.settings import Settings


def reserve(settings: Settings) -> socket.socket:
    """Take the port before anything else is done: whether it is free should not be learnt last."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    reserved = socket.socket(family, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        reserved.bind((settings.host, settings.port))
    except OSError as error:
        reserved.close()
        raise SetupError(
            f"{settings.host}:{settings.port} can't be used ({error.strerror}): choose another with PORT= or OSIT_PORT."
        ) from error
    return reserved


def address_of(reserved: socket.socket) -> str:
    """Return where clients reach it."""
    host, port = reserved.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def end_cleanly() -> None:
    """Turn SIGTERM and SIGINT into an ordinary exit that closes everything; uvicorn raises them again once drained."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: sys.exit(0))
