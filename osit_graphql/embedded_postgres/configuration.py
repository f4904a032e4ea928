"""PostgreSQL's configuration files: a small server, one socket, one user, no personal data in its log."""

from osit_graphql.embedded_postgres.os_user import OsUser
from osit_graphql.embedded_postgres.paths import Paths

_HEADER = "# OSIT writes this file at every start. Use ALTER SYSTEM to change a setting permanently.\n"

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
    "logging_collector": "off",  # OSIT reads and rotates the messages
    "log_destination": "'stderr'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
    # Errors quote rows and parameters, which are personal data. OSIT logs them with their SQLSTATE.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}
_DURABILITY_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")


def write_configuration(paths: Paths, os_user: OsUser, *, durable: bool) -> None:
    """Write the three files. The server's user can read but not change them."""
    settings = _SETTINGS | dict.fromkeys(_DURABILITY_SETTINGS, "on" if durable else "off")
    name = os_user.client.replace('"', '""')
    texts = {
        "postgresql.conf": "".join(f"{key} = {value}\n" for key, value in settings.items()),
        "pg_hba.conf": "local all all peer map=osit\nlocal replication all peer map=osit\n",
        "pg_ident.conf": f'osit "{name}" all\n',
    }
    for file, text in texts.items():
        target = paths.settings / file
        target.write_text(_HEADER + text, encoding="utf-8")
        target.chmod(0o644)  # the directory's permissions exclude others


def list_arguments(paths: Paths) -> list[str]:
    """Return the server's arguments: these configuration files, and connections through the socket only."""
    quoted = str(paths.socket).replace('"', '""')
    chosen = {
        "config_file": paths.settings / "postgresql.conf",
        "hba_file": paths.settings / "pg_hba.conf",
        "ident_file": paths.settings / "pg_ident.conf",
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
    }
    return [word for key, value in chosen.items() for word in ("-c", f"{key}={value}")]
