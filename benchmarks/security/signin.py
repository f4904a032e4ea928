"""Sign-in: times of known and unknown accounts (B6), and reads under a flood of sign-ins (B8).

`python -m benchmarks.security.signin [seconds]`: `osit demo` with its own database, over HTTP. Each round measures
reads alone, beside as many clients that send a trivial request once a second (the control), and under the flood.
"""

import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

import httpx

from benchmarks.security._demo_server import demo

PASSWORD = "osit-demo"  # noqa: S105 - the demo company's, from the README
NAMES = ("operator", "developer", "network", "requester", "colleague", "manager", "admin")
TRIES = 25  # of each account, below the login throttling
ROUNDS, SECONDS = 4, 5
READERS, SIGN_IN_THREADS = 2, 30
SIGN_IN = """mutation ($e: String!, $p: String!) {
  signIn(input: {email: $e, password: $p}) { token userErrors { code message } } }"""
IDLE = "{ __typename }"
READ = "{ openTickets(first: 20) { totalCount nodes { number title requester { name } service { name } } } }"


def ask(client: httpx.Client, document: str, **variables: str) -> httpx.Response:
    """Send a document."""
    return client.post("/graphql", json={"query": document, "variables": variables})


def time_one(address: str, source: int, email: str) -> tuple[float, bytes]:
    """Return the milliseconds of a sign-in with a wrong password from a loopback address, and the response."""
    transport = httpx.HTTPTransport(local_address=f"127.1.{source // 250}.{source % 250 + 1}")
    with httpx.Client(base_url=address, transport=transport, timeout=60) as client:
        client.get("/healthz")  # connected
        begun = time.perf_counter()
        answer = ask(client, SIGN_IN, e=email, p="a wrong password")
        return (time.perf_counter() - begun) * 1000, answer.content


def compare(address: str) -> bool:
    """Print times of known and unknown accounts in random order; return whether responses and medians agree."""
    emails = [(known, f"{name}@{'demo' if known else 'other'}.example") for name in NAMES for known in (True, False)]
    tries = emails * TRIES
    random.Random(4).shuffle(tries)  # noqa: S311 - the same every time
    times: dict[bool, list[float]] = {True: [], False: []}
    answers = set()
    for source, (known, email) in enumerate(tries):
        elapsed, answer = time_one(address, source, email)
        times[known].append(elapsed)
        answers.add(answer)
    known_ms, unknown_ms = statistics.median(times[True]), statistics.median(times[False])
    context = abs(known_ms - unknown_ms) / max(known_ms, unknown_ms)
    print(f"B6 {len(tries)} wrong passwords: known {known_ms:.2f} ms, unknown {unknown_ms:.2f} ms, {context:.1%} apart")
    print(f"B6 {len(answers)} distinct answer(s)")
    return context < 0.05 and len(answers) == 1  # noqa: PLR2004 - the bar


def open_client(address: str) -> httpx.Client:
    """Return a client for many threads."""
    return httpx.Client(base_url=address, timeout=60, limits=httpx.Limits(max_connections=100))


def read(address: str, token: str, seconds: float) -> list[float]:
    """Return the times of reads, in milliseconds."""
    times: list[float] = []
    with open_client(address) as client:
        client.headers["Authorization"] = f"Bearer {token}"

        def one(end: float) -> None:
            while time.monotonic() < end:
                begun = time.perf_counter()
                body = ask(client, READ).json()
                times.append((time.perf_counter() - begun) * 1000)
                if "errors" in body:
                    raise SystemExit(f"a read was refused: {body['errors']}")
                time.sleep(0.01)

        with ThreadPoolExecutor(READERS) as readers:
            list(readers.map(one, [time.monotonic() + seconds] * READERS))
    return times


def sign_in_repeatedly(
    address: str, document: str, ready: Event, over: Event, answers: "Queue[dict[str, int]]"
) -> None:
    """Sign in with correct passwords from many threads until `over`; count the results.

    The control sends a trivial request once a second per thread, as refused sign-ins do.
    """
    done: Counter[str] = Counter()
    turn, there, lock = count(), threading.Barrier(SIGN_IN_THREADS, ready.set), threading.Lock()

    def one(_: int) -> None:
        there.wait()
        while not over.is_set():
            values = {"e": f"{NAMES[next(turn) % len(NAMES)]}@demo.example", "p": PASSWORD}
            answer = ask(client, document, **(values if document == SIGN_IN else {})).json()
            result = answer["errors"][0]["extensions"]["code"] if "errors" in answer else "in"
            with lock:
                done[result] += 1
            if result != "in" or document == IDLE:
                over.wait(1)  # Retry-After

    with open_client(address) as client, ThreadPoolExecutor(SIGN_IN_THREADS) as knockers:
        list(knockers.map(one, range(SIGN_IN_THREADS)))
    answers.put(done)


@contextmanager
def flood(address: str, document: str, done: Counter[str]) -> Iterator[None]:
    """Run the sign-ins in another process during the block; count the results."""
    context = get_context("spawn")
    ready, over, answers = context.Event(), context.Event(), context.Queue()
    process = context.Process(target=sign_in_repeatedly, args=(address, document, ready, over, answers))
    process.start()
    try:
        ready.wait(timeout=120)
        time.sleep(2)  # the queue is full by now
        yield
    finally:
        over.set()
        done.update(answers.get(timeout=120))
        process.join()


def measure(address: str, seconds: float) -> bool:
    """Print times of reads under the flood; return whether their p95 grows by at most a quarter."""
    with httpx.Client(base_url=address, timeout=60) as client:
        token = ask(client, SIGN_IN, e="operator@demo.example", p=PASSWORD).json()["data"]["signIn"]["token"]
    rounds: dict[str, list[list[float]]] = {name: [] for name in ("alone", "control", "flood")}
    done: Counter[str] = Counter()
    read(address, token, 1)
    for _ in range(ROUNDS):
        rounds["alone"].append(read(address, token, seconds))
        for name, document, counted in (("control", IDLE, Counter[str]()), ("flood", SIGN_IN, done)):
            with flood(address, document, counted):
                rounds[name].append(read(address, token, seconds))
    for label, name in ((f"beside {SIGN_IN_THREADS} idle clients", "control"), ("under the flood", "flood")):
        print_figures(label, rounds[name], rounds["alone"])
    print_figures("alone", rounds["alone"], rounds["alone"])
    answered = ", ".join(f"{number / ROUNDS / (seconds + 2):.0f}/s {result}" for result, number in sorted(done.items()))
    ratio = p95_ratio(rounds["flood"], rounds["control"])
    print(f"B8 under the flood, p95 ×{ratio:.2f} of beside the others; sign-ins: {answered}")
    return ratio <= 1.25  # noqa: PLR2004 - the bar


def print_figures(label: str, rounds: list[list[float]], alone: list[list[float]]) -> None:
    """Print the times of reads."""
    times = [each for one in rounds for each in one]
    figures = f"p50 {statistics.median(times):.1f} ms, p95 {p95(times):.1f} ms ({len(times)})"
    print(f"B8 reads {label}: {figures}, p95 ×{p95_ratio(rounds, alone):.2f}")


def p95_ratio(rounds: list[list[float]], base: list[list[float]]) -> float:
    """Return the median over the rounds of the ratio of p95 to that of `base`."""
    return statistics.median(p95(under) / p95(free) for free, under in zip(base, rounds, strict=True))


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(times, n=20)[-1]


def main() -> int:
    """Return 0 if both limits hold."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with demo(OSIT_BUDGET_RATE="1000000", OSIT_BUDGET_POINTS="100000000") as served:  # no rate limit for readers
        address = served.url.removesuffix("/graphql")
        held = [compare(address), measure(address, seconds)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
