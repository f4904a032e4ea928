"""A local OpenID issuer: real documents over HTTP, its own keys, and configurable faults."""

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
    """Return the RSA key of this name; generation is slow, so that keys are cached."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@cache
def curve(kid: str, name: str = "P-256") -> ECKey:
    """Return the key of this name on an elliptic curve."""
    return ECKey.generate_key(name, {"kid": kid, "use": "sig"})


def encode(part: Part) -> str:
    """Return the encoded segment of JSON or of bytes."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign_token(header: Part, claims: Part, key: Key, algorithm: str = "RS256") -> str:
    """Sign these parts by an algorithm that may differ from the header's."""
    signed = f"{encode(header)}.{encode(claims)}"
    return f"{signed}.{encode(JWSRegistry.algorithms[algorithm].sign(signed.encode(), key))}"


@dataclass
class FakeIssuer:
    """The issuer's documents and faults; `key_fetches` counts the requests for its keys."""

    url: str = ""
    published: list[Any] = field(default_factory=lambda: [rsa("one")])
    configuration: dict[str, Any] = field(default_factory=dict)  # overrides the true configuration
    status: int = 200
    body: bytes | None = None  # replaces every document
    key_fetches: int = 0

    @property
    def header(self) -> dict[str, Any]:
        """Return a valid header for the first key."""
        return {"alg": "RS256", "kid": "one", "typ": "at+jwt"}

    @property
    def claims(self) -> dict[str, Any]:
        """Return valid claims of the operator."""
        now = int(time.time())
        return {"iss": self.url, "aud": AUDIENCE, "sub": SUBJECT, "iat": now, "exp": now + 300, "client_id": "desk"}

    def issue(self, *, key: Any = None, header: Any = None, **claims: Any) -> str:
        """Issue a valid token, except for the given parts; values of `...` are omitted."""
        parts = self.header | (header or {}), self.claims | claims
        head, payload = ({name: value for name, value in part.items() if value is not ...} for part in parts)
        return sign_token(head, payload, key or rsa("one"))

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return the status and the document of a path."""
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
    """Run an issuer during the block."""
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
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
