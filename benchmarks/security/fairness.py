"""C4: twenty people at work, alone, then beside somebody who asks for as much as the server gives."""

import asyncio
import random
import statistics
import sys
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic, perf_counter

import httpx

from benchmarks.security._served import Served, demo

USERS = 20
PHASE = 12.0
"""Seconds of each of the phases: alone, beside the abuser's first burst, beside them afterwards, alone again."""
THINKING = 0.5
"""Seconds between somebody's requests, on average."""
BAR = 1.5

ORDINARY = (
    "{ openTickets(first: 20) { totalCount nodes { number title priority requester { name } service { name } } } }",
    "{ tickets(first: 5) { nodes { number title activities(last: 5) { nodes { kind comment author { name } } } } } }",
    '{ users(search: "ma", first: 5) { nodes { name phone requestedTickets(first: 3) { nodes { title } } } } }',
)
GREEDY = """{ tickets(first: 100) { nodes { title description requester { name } activities(first: 60) {
  nodes { kind comment author { name } ticket { id } } } } } }"""
GREED = 10


@dataclass
class Times:
    """What the ordinary people waited, in milliseconds, and what the abuser was answered."""

    waited: list[float] = field(default_factory=list)
    refused: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def p95(self) -> float:
        """Return the 95th percentile."""
        return statistics.quantiles(self.waited, n=20)[-1]


async def work(client: httpx.AsyncClient, token: str, times: Times, until: float, chance: random.Random) -> None:
    """Be somebody at work."""
    headers = {"Authorization": f"Bearer {token}"}
    while monotonic() < until:
        await asyncio.sleep(chance.uniform(0, 2 * THINKING))
        began = perf_counter()
        answer = await client.post("/graphql", json={"query": chance.choice(ORDINARY)}, headers=headers)
        times.waited.append((perf_counter() - began) * 1000)
        times.refused += answer.status_code != httpx.codes.OK


async def grab(client: httpx.AsyncClient, token: str, times: Times, until: float) -> None:
    """Ask for all there is, at once again; wait as a refusal says, not a moment longer."""
    headers = {"Authorization": f"Bearer {token}"}
    while monotonic() < until:
        answer = await client.post("/graphql", json={"query": GREEDY}, headers=headers)
        times.statuses[answer.status_code] += 1
        if answer.status_code != httpx.codes.OK:
            await asyncio.sleep(min(float(answer.headers.get("Retry-After", "1")), PHASE))


async def phase(served: Served, tokens: list[str], greedy: str | None, seed: int) -> Times:
    """Let everybody work for a while."""
    times, until = Times(), monotonic() + PHASE
    limits = httpx.Limits(max_connections=USERS + GREED)
    base = served.url.removesuffix("/graphql")
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=60) as client:
        tasks = [
            work(client, token, times, until, random.Random(seed * 100 + index))  # noqa: S311 - the same people each time
            for index, token in enumerate(tokens)
        ]
        if greedy:
            tasks += [grab(client, greedy, times, until) for _ in range(GREED)]
        await asyncio.gather(*tasks)
    return times


def main() -> int:
    """Print the phases; return 1 when somebody was refused or waited longer than the bar says."""
    names = ("operator", "manager", "developer", "network")
    with demo(OSIT_MAX_REQUESTS_EACH=str(USERS)) as served:  # twenty people share three accounts
        tokens = [served.sign_in(names[index % 3]) for index in range(USERS)]
        greedy = served.sign_in("network")
        for index in range(1):  # what is read for the first time is read now
            asyncio.run(phase(served, tokens[:3], None, index))
        told = ("alone", "beside the abuser's burst", "beside the abuser afterwards", "alone again")
        phases = [
            asyncio.run(phase(served, tokens, greedy if "beside" in name else None, seed))
            for seed, name in enumerate(told)
        ]
    print("| phase | requests | refused | p50 ms | p95 ms | the abuser was answered |")
    print("| --- | --: | --: | --: | --: | --- |")
    for name, times in zip(told, phases, strict=True):
        answered = ", ".join(f"{status}: {number}" for status, number in sorted(times.statuses.items()))
        print(
            f"| {name} | {len(times.waited)} | {times.refused} | {statistics.median(times.waited):.0f} "
            f"| {times.p95:.0f} | {answered} |"
        )
    alone = max(phases[0].p95, phases[3].p95)
    print(
        f"\np95 beside the abuser: {phases[1].p95 / alone:.2f} and then {phases[2].p95 / alone:.2f} times that alone."
    )
    return int(any(times.refused for times in phases) or phases[2].p95 > BAR * alone)


if __name__ == "__main__":
    sys.exit(main())
