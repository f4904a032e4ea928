"""PostgreSQL's data: created whole or not at all, never opened by another major version."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from osit_graphql.embedded_postgres.binaries import MAJOR, Programs
from osit_graphql.embedded_postgres.failure import EmbeddedError
from osit_graphql.embedded_postgres.os_user import Account
from osit_graphql.embedded_postgres.paths import Places

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""What the server knows of our environment: PG… variables of the caller's must not steer it."""

# The builtin locale is the same on every machine: an upgrade of libc or ICU can't corrupt an index.
_INITDB = [
    "--username=postgres",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C.UTF-8",
    "--auth-local=peer",
    "--auth-host=reject",
    "--data-checksums",
]
_FIRST_STATEMENTS = """\
CREATE ROLE osit LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

CREATE DATABASE osit OWNER osit;

"""


@dataclass(frozen=True)
class Maker:
    """Runs PostgreSQL's programs on data that nobody else has open."""

    places: Places
    account: Account
    programs: Programs
    lock: int
    """The lock's descriptor, which the programs inherit."""

    def ensure_cluster(self, *, durable: bool) -> bool:
        """Create the data if there is none yet, True then; refuse data that these programs can't open."""
        cluster = self.places.cluster
        if not cluster.exists():
            self._create(cluster, durable=durable)
            return True
        try:
            found = (cluster / "PG_VERSION").read_text("utf-8").strip()
        except FileNotFoundError:
            raise EmbeddedError(f"There is no PostgreSQL data in {cluster}: restore it, or move it away.") from None
        if found != str(MAJOR):
            raise EmbeddedError(
                f"The data in {cluster} was made by PostgreSQL {found} and this OSIT brings PostgreSQL {MAJOR}:"
                " dump it with the OSIT that made it, or choose another OSIT_DATA_DIR (DATA_DIR= with make)."
            )
        if self.account.separate and cluster.lstat().st_uid != self.account.uid:
            self._adopt(cluster)
        # Holding the lock proves that no server is left, even when the number in this file lives again as another
        # process or as a zombie, on which PostgreSQL itself would stop.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        return False

    def _adopt(self, cluster: Path) -> None:
        """Give the data to the server's user, whose number a new container or machine may have chosen otherwise."""
        for parent, directories, files in os.walk(cluster):
            for name in (*directories, *files):
                os.chown(Path(parent, name), self.account.uid, self.account.gid, follow_symlinks=False)
        os.chown(cluster, self.account.uid, self.account.gid)  # last: it is what says that the rest is done

    def _create(self, cluster: Path, *, durable: bool) -> None:
        unfinished = cluster.with_name("cluster.unfinished")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        if self.account.separate:
            os.chown(unfinished, self.account.uid, self.account.gid)
        self._run("initdb", *_INITDB, *(() if durable else ("--no-sync",)), "-D", str(unfinished))
        options = ["-c", "exit_on_error=on", "-c", f"fsync={'on' if durable else 'off'}"]
        self._run("postgres", "--single", "-j", *options, "-D", str(unfinished), "postgres", text=_FIRST_STATEMENTS)
        for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
            (unfinished / name).unlink()  # ours are elsewhere: two would mislead whoever looks for them
        unfinished.rename(cluster)

    def _run(self, program: str, *arguments: str, text: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - our own program
            self.account.wrap(self.programs.find(program), *arguments),
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=(self.lock,),
            start_new_session=True,
        )
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if "error" in line.lower() or "FATAL" in line]
            reason = (lines or done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[0]
            raise EmbeddedError(f"The embedded database could not be created in {self.places.cluster}: {reason}")
