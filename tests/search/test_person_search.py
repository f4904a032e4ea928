"""Search of people by any part of their name, email address or phone number, best match first."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text, update

from osit_graphql.db.engine import Database
from osit_graphql.db.models import Person, name_key
from osit_graphql.services.queries import people, person_search
from osit_graphql.services.queries.keyset_pagination import PageArgs
from tests.company import Company, create_company
from tests.desk import Desk
from tests.directory.documents import change
from tests.search.conftest import Counting
from tests.superuser import as_superuser

CALLERS = (
    ("Édith Piaf", "edith.piaf@osit.example", "06 12 34 56 71"),
    ("Zoé Édithson", "zoe@osit.example", "+33 6 12 34 56 72"),
    ("Jean-Baptiste d’Œuvrard", "jb@osit.example", "01.23.45.67.89 poste 4512"),
    ("Meredith Noël", "contact@piaf.example", "+41 22 345 67 89"),
    ("Benoît Leduc", "b.leduc@osit.example", None),
    ("Łucja Weißhaupt", "lw@weiss.example", "+48\u00a022\u2011345\u201167\u201189"),
)
SEARCH = """query ($search: String, $first: Int, $after: String) {
  users(search: $search, first: $first, after: $after) {
    totalCount nodes { name } pageInfo { endCursor hasNextPage } } }"""


async def insert_callers(company: Company) -> None:
    """Insert the callers into the company."""
    async with as_superuser(company.database).transaction() as session:
        for name, email, phone in CALLERS:
            row = {"name": name, "name_key": name_key(name), "email": email, "phone": phone, "roles": ["REQUESTER"]}
            await session.execute(insert(Person).values(row | {"site_id": company.keys["Paris"]}))


async def search(desk: Desk, search_text: str, who: str = "operator") -> list[str]:
    """Return the names of matching people, best match first."""
    users = (await desk.reads(who, SEARCH, search=search_text))["users"]
    assert users["totalCount"] == len(users["nodes"])
    return [node["name"] for node in users["nodes"]]


@pytest.mark.parametrize(
    ("search_text", "names"),
    [
        ("edith piaf", ["Édith Piaf", "Meredith Noël"]),  # their address has the other word
        ("edith pia", ["Édith Piaf", "Meredith Noël"]),
        ("PIAF Édith", ["Édith Piaf", "Meredith Noël"]),
        ("edith", ["Édith Piaf", "Zoé Édithson", "Meredith Noël"]),  # the start of a name, of a word, an inner part
        ("piaf", ["Édith Piaf", "Meredith Noël"]),
        ("oeuvrard", ["Jean-Baptiste d’Œuvrard"]),
        ("jean baptiste", ["Jean-Baptiste d’Œuvrard"]),
        ("jean-b", ["Jean-Baptiste d’Œuvrard"]),
        ("d'oeuv", ["Jean-Baptiste d’Œuvrard"]),
        ("noe", ["Meredith Noël"]),
        ("oël", ["Meredith Noël"]),
        ("benoit", ["Benoît Leduc"]),
        ("led", ["Benoît Leduc"]),
        ("du", ["Benoît Leduc"]),
        ("b", ["Benoît Leduc", "Jean-Baptiste d’Œuvrard"]),  # a single letter matches the start of a word
        ("b.leduc@osit.example", ["Benoît Leduc"]),
        ("leduc@osit", ["Benoît Leduc"]),
        ("06 12 34 56 71", ["Édith Piaf"]),
        ("0612345671", ["Édith Piaf"]),
        ("+33612345671", ["Édith Piaf"]),
        ("+33 (0)6.12.34.56.72", ["Zoé Édithson"]),
        ("0033 6 12 34 56 72", ["Zoé Édithson"]),
        ("33612345672", ["Zoé Édithson"]),
        ("06-12-34-56-72", ["Zoé Édithson"]),
        ("5672", ["Zoé Édithson"]),
        ("4512", ["Jean-Baptiste d’Œuvrard"]),
        ("poste 4512", ["Jean-Baptiste d’Œuvrard"]),
        ("01 23 45", ["Jean-Baptiste d’Œuvrard"]),
        ("+41 22 345", ["Meredith Noël"]),
        ("piaf 06 12 34 56 71", ["Édith Piaf"]),
        ("edith 34 56 72 zoe", ["Zoé Édithson"]),
        ("piaf leduc", []),
        ("٠٦ ١٢ ٣٤ ٥٦ ٧١", ["Édith Piaf"]),  # line 11: digits of all scripts
        ("０６１２３４５６７１", ["Édith Piaf"]),
        ("०६१२३४५६७१", ["Édith Piaf"]),
        ("٤٥١٢", ["Jean-Baptiste d’Œuvrard"]),
        ("Édith Piaf <edith.piaf@osit.example>", ["Édith Piaf"]),  # line 13: as mail and telephone programs write
        ('"Piaf, Édith" <edith.piaf@osit.example>', ["Édith Piaf"]),
        ("mailto:b.leduc@osit.example?subject=Panne%20r%C3%A9seau", ["Benoît Leduc"]),
        ("tel:+33612345671", ["Édith Piaf"]),
        ("tel:+33-6-12-34-56-72;ext=1", ["Zoé Édithson"]),
        ("Tél. : 06 12 34 56 72", ["Zoé Édithson"]),
        ("06‑12–34−56—71", ["Édith Piaf"]),  # line 16: hyphens and invisible characters
        ("06\u200b12\u00ad34\u206056\ufeff71", ["Édith Piaf"]),
        ("jean‐bap\u00adtiste", ["Jean-Baptiste d’Œuvrard"]),
        ("weisshaupt", ["Łucja Weißhaupt"]),  # line 17: letters folded as accents are
        ("LUCJA WEISS", ["Łucja Weißhaupt"]),
        ("weißh", ["Łucja Weißhaupt"]),
    ],
)
async def test_a_search_returns_the_matching_people_in_order(desk: Desk, search_text: str, names: list[str]) -> None:
    await insert_callers(desk.company)
    known = {name for name, _, _ in CALLERS}
    assert [name for name in await search(desk, search_text) if name in known] == names


async def test_inactive_people_come_last(desk: Desk) -> None:
    await insert_callers(desk.company)
    async with as_superuser(desk.company.database).transaction() as session:
        await session.execute(update(Person).where(Person.name == "Édith Piaf").values(active=False))
    assert await search(desk, "edith") == ["Zoé Édithson", "Meredith Noël", "Édith Piaf"]


async def test_a_changed_person_matches_at_once(desk: Desk) -> None:
    id_ = desk.company.ids["colleague"]
    changes = {"name": "Aïcha Benoît", "phone": "07 00 11 22 33"}
    await desk.api.act(desk.token("admin"), change("user"), id=id_, input=changes)
    assert await search(desk, "aicha") == await search(desk, "+33700112233") == ["Aïcha Benoît"]


async def test_a_blank_search_lists_everybody_by_name(desk: Desk) -> None:
    names = await search(desk, "  ")
    assert names == sorted(names, key=name_key)
    assert len(names) == len(desk.company.viewers)


@pytest.mark.parametrize(("who", "code"), [("requester", "FORBIDDEN"), ("admin", None), ("network", None)])
async def test_only_readers_of_people_may_search_them(desk: Desk, who: str, code: str | None) -> None:
    answer = await desk.api.ask(desk.token(who), SEARCH, {"search": "requester"})
    assert answer.codes == ([code] if code else [])
    assert ("Requester" in answer.text) is (code is None)


async def test_each_page_of_people_takes_one_statement(desk: Desk, counting: Counting) -> None:
    await insert_callers(desk.company)
    all_names = await search(desk, "e")
    seen: list[str] = []
    cursor = None
    document = SEARCH.replace("totalCount", "")
    while len(seen) < len(all_names):
        with counting() as statements:
            page = (await desk.reads("operator", document, search="e", first=2, after=cursor))["users"]
        seen, cursor = [*seen, *(node["name"] for node in page["nodes"])], page["pageInfo"]["endCursor"]
        assert len(statements) == 1
    assert seen == all_names
    answer = await desk.api.ask(desk.token("operator"), SEARCH, {"search": "autre", "after": cursor})
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_too_long_search_is_bad_input(desk: Desk) -> None:
    assert (await desk.api.ask(desk.token("operator"), SEARCH, {"search": "a" * 201})).codes == ["BAD_USER_INPUT"]


@pytest.fixture(scope="module")
def company_holder() -> dict[str, Any]:
    """Return a holder of the company that all examples share."""
    return {}


CALLER_PARTS = st.tuples(st.sampled_from(CALLERS), st.integers(0, 1), st.integers(0, 20), st.integers(2, 30))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(caller_part=CALLER_PARTS, typed=st.text(max_size=30))
@example(caller_part=(CALLERS[2], 0, 3, 9), typed="\\ ' : * & ! | ( )")
async def test_any_part_of_a_caller_matches_and_no_text_fails(
    database: Database, company_holder: dict[str, Any], caller_part: tuple[Any, int, int, int], typed: str
) -> None:
    if not company_holder:
        company_holder["company"] = await create_company(database)
        await insert_callers(company_holder["company"])
    caller, column, start, length = caller_part
    part = caller[column][start : start + length]
    viewer = company_holder["company"].viewers["operator"]
    async with database.reading(viewer) as session:
        words = (await session.scalar(text("SELECT osit_spaced(:part)"), {"part": part})).split()
        for search_text in (part, typed):
            if not any(letter.isalnum() for letter in search_text):
                continue
            person_search_terms = person_search.parse_person_search(search_text, ("search",))
            if person_search_terms is None:
                continue
            page, _ = await people.page(
                session, viewer, people.PeopleFilter(search=person_search_terms), PageArgs(), counted=False
            )
            if (
                search_text is part and words and all(len(word) > 1 for word in words)
            ):  # a single letter matches only the start of a word
                assert caller[0] in [row.name for row in page.rows]
