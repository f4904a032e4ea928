"""The PostgreSQL cluster: initdb and version check."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from osit_graphql.domain.errors import SetupError
from osit_graphql.embedded_postgres.binaries import MAJOR, Binaries
from osit_graphql.embedded_postgres.os_user import OsUser
from osit_graphql.embedded_postgres.paths import Paths

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""Environment of PostgreSQL's programs, without the caller's PG… variables."""

# The builtin locale is the same on every machine: upgrades of libc or ICU can't corrupt an index.
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
class Cluster:
    """Runs PostgreSQL's programs on a locked data directory."""

    paths: Paths
    os_user: OsUser
    programs: Binaries
    lock: int
    """File descriptor of the lock, which the programs inherit."""

    def ensure_exists(self, *, durable: bool) -> bool:
        """Create the cluster if it is missing and return True then. Refuse one of another major version."""
        cluster = self.paths.cluster
        if not cluster.exists():
            self._create(cluster, durable=durable)
            return True
        try:
            version = (cluster / "PG_VERSION").read_text("utf-8").strip()
        except FileNotFoundError:
            raise SetupError(
                f"There is no PostgreSQL data in {cluster}: restore it, or move the directory away."
            ) from None
        if version != str(MAJOR):
            raise SetupError(
                f"The data in {cluster} was written by PostgreSQL {version}, and this OSIT has PostgreSQL {MAJOR}."
                " Back it up with the OSIT that wrote it, or choose another OSIT_DATA_DIR (DATA_DIR= with make)."
            )
        if self.os_user.separate and cluster.lstat().st_uid != self.os_user.uid:
            self._adopt(cluster)
        # The lock proves that no server is left. The process id in this file may belong to another process by now,
        # and PostgreSQL would refuse to start then.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        return False

    def _adopt(self, cluster: Path) -> None:
        """Change the owner to the server's user, whose uid may differ in a new container."""
        for parent, directories, files in os.walk(cluster):
            for name in (*directories, *files):
                os.chown(Path(parent, name), self.os_user.uid, self.os_user.gid, follow_symlinks=False)
        os.chown(cluster, self.os_user.uid, self.os_user.gid)  # last: it marks the rest as done

    def _create(self, cluster: Path, *, durable: bool) -> None:
        unfinished = cluster.with_name("cluster.unfinished")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        if self.os_user.separate:
            os.chown(unfinished, self.os_user.uid, self.os_user.gid)
        self._run("initdb", *_INITDB, *(() if durable else ("--no-sync",)), "-D", str(unfinished))
        options = ["-c", "exit_on_error=on", "-c", f"fsync={'on' if durable else 'off'}"]
        self._run("postgres", "--single", "-j", *options, "-D", str(unfinished), "postgres", text=_FIRST_STATEMENTS)
        for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
            (unfinished / name).unlink()  # OSIT's own files are in `settings`
        unfinished.rename(cluster)

    def _run(self, program: str, *arguments: str, text: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - our own program
            self.os_user.wrap(self.programs.find(program), *arguments),
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
            raise SetupError(f"The embedded database could not be created in {self.paths.cluster}: {reason}")
