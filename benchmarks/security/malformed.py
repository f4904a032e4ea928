"""C8: thousands of damaged requests to a real server over real connections; no response is 500 or above."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Iterator

from benchmarks.security._demo_server import demo

NUMBER = 5_000
AT_ONCE = 8
RESPONSE_TIMEOUT_S = 3.0
"""Seconds for a response; a damaged request may announce more bytes than it sends."""
SEED = 20_261_123
LIMITS = dict.fromkeys(("OSIT_BUDGET_POINTS", "OSIT_BUDGET_RATE"), "1000000000")

DOCUMENTS = (
    '{"query": "{ __typename }"}',
    """{"query": "query A($n: Int, $f: TicketFilter) { tickets(first: $n, filter: $f) { totalCount nodes { id } } }",
      "operationName": "A", "variables": {"n": 5, "f": {"search": "écran", "priorities": ["HIGH"]}}}""",
    r"""{"query": "mutation ($i: TicketCommentInput!) { ticketComment(id: \"x\", input: $i) { userErrors { code } } }",
      "variables": {"i": {"comment": "Déjà \u00e9crit", "internal": false}}}""",
    r"""{"query": "{ a: node(id: \"tkt_0\") { id ...F } } fragment F on Ticket { title(x: 1) @skip(if: true) }",
      "extensions": {"k": [1, 2.5e3, null, true, {"d": {}}]}}""",
)
BYTE_SEQUENCES = (
    *(b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\r\n", b'"', b"{", b"}", b"[", b"\\u", b"\\ud800"),
    *(b"9" * 40, b"$", b"#", b"...", b'"""', b"-1e999", b"null"),
)


def damage(chance: random.Random, original: bytes) -> bytes:
    """Return bytes with random changes, insertions, deletions, repetitions or truncation."""
    body = bytearray(original)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        place = chance.randrange(len(body) + 1)
        match chance.randrange(6):
            case 0 if place < len(body):
                body[place] = chance.randrange(256)
            case 1:
                body[place:place] = chance.choice(BYTE_SEQUENCES)
            case 2:
                del body[place : place + chance.choice((1, 1, 4, 30))]
            case 3:
                body[place:place] = body[place : place + chance.choice((1, 5, 60))]
            case 4:
                del body[place:]
            case _:
                body[place:place] = chance.randbytes(chance.choice((1, 4, 40)))
    return bytes(body)


def bodies(number: int, seed: int = SEED) -> Iterator[bytes]:
    """Yield damaged bodies."""
    chance = random.Random(seed)  # noqa: S311 - the same ones at every run
    for _ in range(number):
        yield damage(chance, chance.choice(DOCUMENTS).encode())


def requests(number: int, token: str, seed: int = SEED) -> Iterator[bytes]:
    """Yield HTTP requests: every other one has a damaged body, the others are damaged anywhere."""
    chance = random.Random(seed)  # noqa: S311 - the same ones at every run
    head = "POST /graphql HTTP/1.1\r\nHost: osit\r\nAuthorization: Bearer {}\r\nAccept: application/json\r\n"
    head += "Content-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n"
    for index in range(number):
        body = chance.choice(DOCUMENTS).encode()
        if index % 2:
            body = damage(chance, body)
            yield head.format(token, len(body)).encode() + body
        else:
            yield damage(chance, head.format(token, len(body)).encode() + body)


async def send(port: int, request: bytes) -> str:
    """Return the status of the response, or `none`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(RESPONSE_TIMEOUT_S):
            line = await reader.readline()
    except (TimeoutError, OSError):
        return "none"
    finally:
        writer.close()
    words = line.split()
    return words[1].decode("ascii", "replace") if len(words) > 1 else "none"


async def send_all(port: int, token: str, number: int) -> Counter[str]:
    """Return the number of responses per status."""
    statuses: Counter[str] = Counter()
    waiting = requests(number, token)

    async def work() -> None:
        for request in waiting:
            statuses[await send(port, request)] += 1

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return statuses


def main() -> int:
    """Print the number of responses per status; return 1 for a status of 500 or above, or if the server is gone."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    with demo(**LIMITS) as served:
        statuses = asyncio.run(send_all(served.port, served.sign_in("operator"), number))
        alive = served.sign_in("manager")
    print(
        f"{number:,} damaged requests: "
        + ", ".join(f"{status}: {times:,}" for status, times in sorted(statuses.items()))
    )
    ours = sum(times for status, times in statuses.items() if status >= "500" and status != "none")
    print(f"{ours} at or above 500; the server still answers.")
    return int(bool(ours) or not alive)


if __name__ == "__main__":
    sys.exit(main())
