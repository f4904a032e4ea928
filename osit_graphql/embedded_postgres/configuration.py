"""PostgreSQL's configuration: a small server, reached through its socket by one user, told nothing personal to log."""

from osit_graphql.embedded_postgres.os_user import Account
from osit_graphql.embedded_postgres.paths import Places

_HEADER = "# OSIT writes this file at every start. ALTER SYSTEM is the way to change a setting for good.\n"

_SETTINGS = {
    "max_connections": "60",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "min_wal_size": "64MB",
    "random_page_cost": "1.1",
    "jit": "off",  # the wheel has no LLVM
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "datestyle": "'iso, dmy'",
    "lc_messages": "'C'",
    "default_text_search_config": "'pg_catalog.simple'",
    "cluster_name": "'osit'",
    "logging_collector": "off",  # OSIT takes the messages and bounds them
    "log_destination": "'stderr'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
    "log_error_verbosity": "terse",  # details quote the rows, and rows are personal data
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
_THROWAWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def write_configuration(places: Places, account: Account, *, durable: bool) -> None:
    """Write the three files, readable by the server's user and out of its reach."""
    settings = _SETTINGS | (_DURABLE if durable else _THROWAWAY)
    name = account.client.replace('"', '""')
    texts = {
        "postgresql.conf": "".join(f"{key} = {value}\n" for key, value in settings.items()),
        "pg_hba.conf": "local all all peer map=osit\nlocal replication all peer map=osit\n",
        "pg_ident.conf": f'osit "{name}" all\n',
    }
    for file, text in texts.items():
        target = places.settings / file
        target.write_text(_HEADER + text, encoding="utf-8")
        target.chmod(0o644)  # the directory is what keeps others out


def list_arguments(places: Places) -> list[str]:
    """Return the arguments that make the server use these files and nothing but its socket, whatever they say."""
    quoted = str(places.socket).replace('"', '""')
    chosen = {
        "config_file": places.settings / "postgresql.conf",
        "hba_file": places.settings / "pg_hba.conf",
        "ident_file": places.settings / "pg_ident.conf",
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
    }
    return [word for key, value in chosen.items() for word in ("-c", f"{key}={value}")]
