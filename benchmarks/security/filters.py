"""C4: the response time of others beside eight connections of one person: pages, then filters of 100 conditions.

Each connection has a process of its own. Every filter has another combination of conditions, so that its statement is
compiled anew.
"""

import multiprocessing
import random
import statistics
import sys
from multiprocessing.synchronize import Event
from time import perf_counter
from typing import Any

import httpx

from benchmarks.security._demo_server import demo

CONNECTIONS = 8
PHASE_S = 10.0
MAX_RATIO = 3.0
PAGE = "{ openTickets(first: 20) { totalCount nodes { number title priority requester { name } service { name } } } }"
COUNT = "query ($filter: TicketFilter) { tickets(filter: $filter) { totalCount } }"
CONDITIONS: tuple[dict[str, Any], ...] = (
    {"unassigned": True},
    {"unassigned": False},
    {"statuses": ["OPEN"]},
    {"statuses": ["OPEN", "CLOSED"]},
    {"severities": ["MINOR"]},
    {"priorities": ["LOW", "HIGH"]},
    {"causeIds": []},
    {"openedAt": {"from": "2026-01-01T00:00:00Z"}},
)


def page(_chance: random.Random) -> dict[str, Any]:
    """Return an ordinary request."""
    return {"query": PAGE}


def large_filter(chance: random.Random) -> dict[str, Any]:
    """Return a count under a filter that no request had before."""
    inner = [{"anyOf": chance.choices(CONDITIONS, k=32)} for _ in range(3)]
    return {"query": COUNT, "variables": {"filter": {"anyOf": inner}}}


def send(url: str, token: str, kind: str, seed: int, stop: Event) -> None:
    """Send requests without a pause until the event is set."""
    chance, make = random.Random(seed), {"pages": page, "filters": large_filter}[kind]  # noqa: S311 - no secret
    with httpx.Client(timeout=60) as client:
        while not stop.is_set():
            client.post(url, json=make(chance), headers={"Authorization": f"Bearer {token}"})


def measure(url: str, token: str) -> list[float]:
    """Return the response times of an ordinary page in milliseconds."""
    times: list[float] = []
    end = perf_counter() + PHASE_S
    with httpx.Client(timeout=60) as client:
        while (started := perf_counter()) < end:
            client.post(url, json={"query": PAGE}, headers={"Authorization": f"Bearer {token}"}).raise_for_status()
            times.append((perf_counter() - started) * 1000)
    return times


def main() -> int:
    """Print the medians; return 1 if others wait more than three times as long beside filters."""
    context, medians = multiprocessing.get_context("spawn"), {}
    with demo() as served:
        sender, other = served.sign_in("requester"), served.sign_in("operator")
        print("| eight connections of one person | requests of another | p50 ms | p95 ms |\n| --- | --: | --: | --: |")
        for kind in ("pages", "filters"):
            stop = context.Event()
            arguments = [(served.url, sender, kind, seed, stop) for seed in range(CONNECTIONS)]
            senders = [context.Process(target=send, args=each) for each in arguments]
            for process in senders:
                process.start()
            times = measure(served.url, other)
            stop.set()
            for process in senders:
                process.join()
            medians[kind] = statistics.median(times)
            print(f"| {kind} | {len(times)} | {medians[kind]:.1f} | {statistics.quantiles(times, n=20)[-1]:.1f} |")
    ratio = medians["filters"] / medians["pages"]
    print(f"\nOthers wait {ratio:.2f} times as long beside filters.")
    return int(ratio > MAX_RATIO)


if __name__ == "__main__":
    sys.exit(main())
