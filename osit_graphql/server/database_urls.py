"""Which database the settings name, and the embedded one kept running: all that is known before anything is loaded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from osit_graphql.embedded_postgres import EmbeddedServer, default_data_dir, find_running
from osit_graphql.settings import Settings


@dataclass(frozen=True)
class Addresses:
    """The same database as the API connects to it, as its owner does, and as the embedded server's superuser."""

    api: str
    owner: str | None = None
    superuser: str | None = None


@contextmanager
def running(settings: Settings, meanwhile: Callable[[], object] = lambda: None) -> Iterator[Addresses]:
    """Give the database's addresses, the embedded server up for as long as the block lasts; main thread only.

    `meanwhile` is done first, while the embedded server starts.
    """
    if settings.database_url is not None:
        meanwhile()
        yield Addresses(settings.database_url, settings.owner_url)
        return
    with EmbeddedServer.start(settings.data_dir or default_data_dir(), meanwhile=meanwhile) as server:
        yield Addresses(server.api_url, server.url, server.admin_url())


@contextmanager
def reaching(settings: Settings) -> Iterator[str]:
    """Give the address of whoever owns the tables; an embedded server that another OSIT runs is reached as it is."""
    if settings.database_url is None and (url := find_running(settings.data_dir or default_data_dir())):
        yield url
        return
    with running(settings) as addresses:
        yield addresses.owner or addresses.api
