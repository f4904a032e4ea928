"""HTTP written byte by byte on a socket, for requests that no client library sends."""

import json
import socket

from tests.waiting import HANG_TIMEOUT_S


def encode_chunked(document: str, headers: dict[str, str], trailers: dict[str, str]) -> bytes:
    """Return a POST of a document to /graphql in one chunk, with header fields after the body."""
    body = json.dumps({"query": document}).encode()
    head = {"Host": "desk.example", "Content-Type": "application/json", "Transfer-Encoding": "chunked", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    ends = "".join(f"{name}: {value}\r\n" for name, value in trailers.items())
    return f"POST /graphql HTTP/1.1\r\n{lines}\r\n{len(body):x}\r\n".encode() + body + f"\r\n0\r\n{ends}\r\n".encode()


def exchange(port: int, request: bytes) -> tuple[int, str]:
    """Send bytes and return the response's status and text; the server closes the connection at its end."""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG_TIMEOUT_S) as connection:
        connection.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        response = b""
        while part := connection.recv(65_536):
            response += part
    return int(response.split(b" ", 2)[1]), response.decode(errors="replace")
