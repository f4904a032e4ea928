"""An issuer on this machine: real documents over real HTTP, keys of its own, and every liberty that a forger takes."""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

AUDIENCE = "https://osit.example/api"
SUBJECT = "8c6e2c3a-operator"
Key = RSAKey | ECKey
Part = Mapping[str, Any] | bytes


@cache
def rsa(kid: str) -> RSAKey:
    """Return the key of this name: made once, they are dear."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@cache
def curve(kid: str, name: str = "P-256") -> ECKey:
    """Return the key of this name on a curve."""
    return ECKey.generate_key(name, {"kid": kid, "use": "sig"})


def encode(part: Part) -> str:
    """Return a segment: of JSON, or of these very bytes."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign_token(header: Part, claims: Part, key: Key, algorithm: str = "RS256") -> str:
    """Sign whatever this is, by an algorithm that the header need not say."""
    signed = f"{encode(header)}.{encode(claims)}"
    return f"{signed}.{encode(JWSRegistry.algorithms[algorithm].sign(signed.encode(), key))}"


@dataclass
class FakeIssuer:
    """What it publishes, and how it misbehaves; `key_fetches` counts how often its keys were fetched."""

    url: str = ""
    published: list[Any] = field(default_factory=lambda: [rsa("one")])
    configuration: dict[str, Any] = field(default_factory=dict)  # over what it truly is
    status: int = 200
    body: bytes | None = None  # in place of every document
    key_fetches: int = 0

    @property
    def header(self) -> dict[str, Any]:
        """Return a good header, for the first of its keys."""
        return {"alg": "RS256", "kid": "one", "typ": "at+jwt"}

    @property
    def claims(self) -> dict[str, Any]:
        """Return good claims, for the operator."""
        now = int(time.time())
        return {"iss": self.url, "aud": AUDIENCE, "sub": SUBJECT, "iat": now, "exp": now + 300, "client_id": "desk"}

    def issue(self, *, key: Any = None, header: Any = None, **claims: Any) -> str:
        """Issue a token: a good one, but for what is said otherwise; what is `...` is left out."""
        parts = self.header | (header or {}), self.claims | claims
        head, payload = ({name: value for name, value in part.items() if value is not ...} for part in parts)
        return sign_token(head, payload, key or rsa("one"))

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return its document at a path."""
        if path == "/.well-known/openid-configuration":
            document: Any = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | self.configuration
        elif path == "/keys":
            self.key_fetches += 1
            document = {"keys": [key.as_dict() if isinstance(key, Key) else key for key in self.published]}
        else:
            return 404, b"{}"
        return self.status, json.dumps(document).encode() if self.body is None else self.body


@contextmanager
def running_issuer() -> Iterator[FakeIssuer]:
    """Let one stand for as long as the block lasts."""
    issuer = FakeIssuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "/keys")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
