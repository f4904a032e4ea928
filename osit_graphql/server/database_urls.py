"""Database URLs: those in the settings, or those of the embedded server, which runs meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from osit_graphql.embedded_postgres import EmbeddedServer, default_data_dir, find_running
from osit_graphql.settings import Settings


@dataclass(frozen=True)
class DatabaseUrls:
    """URLs of one database: as the API's role, as its owner, and as the embedded server's superuser."""

    api: str
    owner: str | None = None
    superuser: str | None = None


@contextmanager
def running_database(settings: Settings, meanwhile: Callable[[], object] = lambda: None) -> Iterator[DatabaseUrls]:
    """Yield the URLs; the embedded server runs during the block. Only in the main thread.

    `meanwhile` is called first, while the embedded server starts.
    """
    if settings.database_url is not None:
        meanwhile()
        yield DatabaseUrls(settings.database_url, settings.owner_url)
        return
    with EmbeddedServer.start(settings.data_dir or default_data_dir(), meanwhile=meanwhile) as server:
        yield DatabaseUrls(server.api_url, server.url, server.admin_url())


@contextmanager
def owner_url(settings: Settings) -> Iterator[str]:
    """Yield the URL of the tables' owner; an embedded server of another process is used if it runs."""
    if settings.database_url is None and (url := find_running(settings.data_dir or default_data_dir())):
        yield url
        return
    with running_database(settings) as urls:
        yield urls.owner or urls.api
