"""A8: requests for hidden and missing objects in turn. The test prints their durations and asserts none.

`benchmarks.security.existence` sends 2,000 pairs (OSIT_TEST_PAIRS) and compares the durations.
"""

import os
import sys
from random import Random
from statistics import median
from time import perf_counter

from osit_graphql.api import global_ids
from osit_graphql.api.global_ids import Kind
from tests.documents import DOCUMENTS, valid_input
from tests.leaks.knowledge import read_state
from tests.leaks.stage import Stage
from tests.leaks.watch import NOWHERE

PAIRS = int(os.environ.get("OSIT_TEST_PAIRS", "10"))
TICKET = "title description activities(first: 20) { totalCount nodes { comment } }"
WAYS = {
    "ticket(by: id)": f"query ($id: ID!) {{ ticket(by: {{id: $id}}) {{ {TICKET} }} }}",
    "node(id: ticket)": f"query ($id: ID!) {{ node(id: $id) {{ ... on Ticket {{ {TICKET} }} }} }}",
    "similarTickets": "query ($id: ID!) { similarTickets(to: {ticketId: $id}) { score ticket { title } } }",
    "tickets(requesterIds)": "query ($id: ID!) { tickets(filter: {requesterIds: [$id]}) { totalCount nodes { id } } }",
    "node(id: user)": "query ($id: ID!) { node(id: $id) { ... on User { name email } } }",
}


async def test_hidden_and_missing_objects_alternate(stage: Stage) -> None:
    state, chance = await read_state(stage.admin), Random("pairs")
    mutations = {f"{action}": DOCUMENTS[action] for action in DOCUMENTS if action in {"COMMENT", "CLOSE", "REROUTE"}}
    for way, document in (WAYS | mutations).items():
        who = "developer" if way in mutations else "stranger"
        known = state.known(stage.company.keys[who])
        kind, rows = (Kind.USER, state.people) if "user" in way or "Ids" in way else (Kind.TICKET, state.tickets)
        hidden = [one for row in rows if (one := global_ids.encode(kind, row.id)) not in known]
        input_ = (
            {"input": valid_input(stage.company, next(a for a in DOCUMENTS if a == way))} if way in mutations else {}
        )
        durations: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(PAIRS):
            ids = {True: chance.choice(hidden), False: global_ids.encode(kind, NOWHERE - chance.randrange(1000))}
            answers = set()
            for there in chance.sample([True, False], 2):
                began = perf_counter()
                answer = await stage.api.ask(stage.company.tokens[who], document, {"id": ids[there], **input_})
                durations[there].append(perf_counter() - began)
                answers.add(answer.text)
            assert len(answers) == 1, answers
        hidden_ms, missing_ms = (median(durations[each]) * 1000 for each in (True, False))
        share = (hidden_ms - missing_ms) / missing_ms
        sys.stdout.write(
            f"\nfigures: {way:24} {hidden_ms:8.3f} {missing_ms:8.3f} {hidden_ms - missing_ms:+8.3f} {share:+8.1%}\n"
        )
