"""C4: response times of twenty users, alone and beside a user who sends as much as the server accepts."""

import asyncio
import random
import statistics
import sys
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic, perf_counter

import httpx

from benchmarks.security._demo_server import DemoServer, demo

USERS = 20
PHASE_S = 12.0
"""Seconds of each phase: alone, during the abuser's first burst, during the abuse afterwards, alone again."""
THINK_TIME_S = 0.5
"""Average seconds between two requests of a user."""
MAX_RATIO = 1.5

ORDINARY = (
    "{ openTickets(first: 20) { totalCount nodes { number title priority requester { name } service { name } } } }",
    "{ tickets(first: 5) { nodes { number title activities(last: 5) { nodes { kind comment author { name } } } } } }",
    '{ users(search: "ma", first: 5) { nodes { name phone requestedTickets(first: 3) { nodes { title } } } } }',
)
GREEDY = """{ tickets(first: 100) { nodes { title description requester { name } activities(first: 60) {
  nodes { kind comment author { name } ticket { id } } } } } }"""
GREEDY_CONNECTIONS = 10


@dataclass
class Times:
    """Response times of ordinary users in milliseconds, and response codes of the abuser."""

    waited: list[float] = field(default_factory=list)
    refused: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def p95(self) -> float:
        """Return the 95th percentile."""
        return statistics.quantiles(self.waited, n=20)[-1]


async def work(client: httpx.AsyncClient, token: str, times: Times, until: float, chance: random.Random) -> None:
    """Send requests of an ordinary user."""
    headers = {"Authorization": f"Bearer {token}"}
    while monotonic() < until:
        await asyncio.sleep(chance.uniform(0, 2 * THINK_TIME_S))
        started = perf_counter()
        answer = await client.post("/graphql", json={"query": chance.choice(ORDINARY)}, headers=headers)
        times.waited.append((perf_counter() - started) * 1000)
        times.refused += answer.status_code != httpx.codes.OK


async def send_greedily(client: httpx.AsyncClient, token: str, times: Times, until: float) -> None:
    """Send large requests without pause; wait only for Retry-After."""
    headers = {"Authorization": f"Bearer {token}"}
    while monotonic() < until:
        answer = await client.post("/graphql", json={"query": GREEDY}, headers=headers)
        times.statuses[answer.status_code] += 1
        if answer.status_code != httpx.codes.OK:
            await asyncio.sleep(min(float(answer.headers.get("Retry-After", "1")), PHASE_S))


async def phase(served: DemoServer, tokens: list[str], greedy: str | None, seed: int) -> Times:
    """Run one phase."""
    times, until = Times(), monotonic() + PHASE_S
    limits = httpx.Limits(max_connections=USERS + GREEDY_CONNECTIONS)
    base = served.url.removesuffix("/graphql")
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=60) as client:
        tasks = [
            work(client, token, times, until, random.Random(seed * 100 + index))  # noqa: S311 - the same people each time
            for index, token in enumerate(tokens)
        ]
        if greedy:
            tasks += [send_greedily(client, greedy, times, until) for _ in range(GREEDY_CONNECTIONS)]
        await asyncio.gather(*tasks)
    return times


def main() -> int:
    """Print the phases; return 1 if a user was refused or waited too long."""
    names = ("operator", "manager", "developer", "network")
    with demo(OSIT_MAX_REQUESTS_EACH=str(USERS)) as served:  # twenty users share three accounts
        tokens = [served.sign_in(names[index % 3]) for index in range(USERS)]
        greedy = served.sign_in("network")
        for index in range(1):  # warm up
            asyncio.run(phase(served, tokens[:3], None, index))
        phase_names = ("alone", "beside the abuser's burst", "beside the abuser afterwards", "alone again")
        phases = [
            asyncio.run(phase(served, tokens, greedy if "beside" in name else None, seed))
            for seed, name in enumerate(phase_names)
        ]
    print("| phase | requests | refused | p50 ms | p95 ms | the abuser was answered |")
    print("| --- | --: | --: | --: | --: | --- |")
    for name, times in zip(phase_names, phases, strict=True):
        answered = ", ".join(f"{status}: {number}" for status, number in sorted(times.statuses.items()))
        print(
            f"| {name} | {len(times.waited)} | {times.refused} | {statistics.median(times.waited):.0f} "
            f"| {times.p95:.0f} | {answered} |"
        )
    alone = max(phases[0].p95, phases[3].p95)
    print(
        f"\np95 beside the abuser: {phases[1].p95 / alone:.2f} and then {phases[2].p95 / alone:.2f} times that alone."
    )
    return int(any(times.refused for times in phases) or phases[2].p95 > MAX_RATIO * alone)


if __name__ == "__main__":
    sys.exit(main())
