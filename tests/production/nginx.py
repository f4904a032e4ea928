"""Debian's nginx with examples/nginx.conf, in front of a server process."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import httpx

from tests.waiting import HANG_TIMEOUT_S, find_free_port, wait_until

PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
EXAMPLE = Path(__file__).parents[2] / "examples" / "nginx.conf"
ADDRESS = "127.0.0.2"
"""The address from which this nginx connects to OSIT; clients of the tests have 127.0.0.1."""


class Nginx:
    """One nginx process, with its files in a folder of its own."""

    def __init__(self, *ports: int, location: str = "", changes: Mapping[str, str] = MappingProxyType({})) -> None:
        """Start nginx before servers on these ports.

        `location`: a further directive of the location; `changes`: other texts for texts of the configuration.
        """
        assert PROGRAM is not None
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="osit-nginx-")), find_free_port()
        self.folder.chmod(0o755)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(self._configure(EXAMPLE.read_text(), ports, location, changes))
        command = [PROGRAM, "-p", str(self.folder), "-c", str(configuration), "-e", str(self.folder / "error.log")]
        self._process = subprocess.Popen([*command, "-g", f"daemon off; pid {self.folder}/pid;"])
        wait_until(self._answers, "nginx does not answer")

    def _configure(self, text: str, ports: tuple[int, ...], location: str, changes: Mapping[str, str]) -> str:
        paths = ("client_body_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp")
        folders = "".join(f"    {name}_path {self.folder}/{name};\n" for name in paths)
        text = re.sub(r" +ssl_certificate.*\n", "", text)
        text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{self.port}")
        servers = [line for line in text.splitlines(keepends=True) if line.startswith("        server 127.0.0.1:800")]
        text = text.replace("".join(servers), "".join(re.sub(r":\d+", f":{port}", servers[0]) for port in ports))
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        text = text.replace("http {\n", f"http {{\n    access_log off;\n{folders}")
        directives = "".join(f"            {line}\n" for line in (f"proxy_bind {ADDRESS};", location))
        return text.replace("            proxy_pass", f"{directives}            proxy_pass")

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url, timeout=HANG_TIMEOUT_S, trust_env=False).status_code != 502
        except httpx.TransportError:
            return False

    @property
    def url(self) -> str:
        """The address of the endpoint behind it."""
        return f"http://127.0.0.1:{self.port}/graphql"

    def stop(self) -> None:
        """Stop nginx and delete its files."""
        self._process.terminate()
        self._process.wait(HANG_TIMEOUT_S)
        shutil.rmtree(self.folder)
