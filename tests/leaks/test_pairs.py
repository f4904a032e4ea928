"""A8: the absent and the forbidden in turns, so that how long each takes can be compared; nothing here is about time.

`benchmarks.security.existence` asks 2,000 pairs (OSIT_TEST_PAIRS) and reads the figures.
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


async def test_pairs(stage: Stage) -> None:
    state, chance = await read_state(stage.admin), Random("pairs")
    deeds = {f"{action}": DOCUMENTS[action] for action in DOCUMENTS if action in {"COMMENT", "CLOSE", "REROUTE"}}
    for way, document in (WAYS | deeds).items():
        who = "developer" if way in deeds else "stranger"
        known = state.known(stage.company.keys[who])
        kind, rows = (Kind.USER, state.people) if "user" in way or "Ids" in way else (Kind.TICKET, state.tickets)
        hidden = [one for row in rows if (one := global_ids.encode(kind, row.id)) not in known]
        input_ = {"input": valid_input(stage.company, next(a for a in DOCUMENTS if a == way))} if way in deeds else {}
        took: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(PAIRS):
            ids = {True: chance.choice(hidden), False: global_ids.encode(kind, NOWHERE - chance.randrange(1000))}
            answers = set()
            for there in chance.sample([True, False], 2):
                began = perf_counter()
                answer = await stage.api.ask(stage.company.tokens[who], document, {"id": ids[there], **input_})
                took[there].append(perf_counter() - began)
                answers.add(answer.text)
            assert len(answers) == 1, answers
        hid, lacked = (median(took[each]) * 1000 for each in (True, False))
        share = (hid - lacked) / lacked
        sys.stdout.write(f"\nfigures: {way:24} {hid:8.3f} {lacked:8.3f} {hid - lacked:+8.3f} {share:+8.1%}\n")
