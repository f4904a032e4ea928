"""Document limits: each is exact, and fragments count as often as they are spread."""

from dataclasses import replace

import pytest

from osit_graphql.api.document_cache import InvalidDocumentError
from osit_graphql.api.errors import TooComplex
from osit_graphql.api.query_cost import Limits
from osit_graphql.api.schema import build_schema, default_schema
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company


def violations(text: str) -> list[tuple[str, object]]:
    """Return the violated limits of a document: the beginning of the sentence, and the count."""
    try:
        default_schema().documents.prepare(text)
    except InvalidDocumentError as invalid:
        errors = [error.original_error for error in invalid.errors if isinstance(error.original_error, TooComplex)]
        return [(error.sentence.partition("{counted}")[0].strip(), error.parameters.get("counted")) for error in errors]
    return []


ALIASES = "{ " + " ".join(f"a{index}: __typename" for index in range(20)) + " viewer { user { "
TEN = "...A " * 49 + "} } fragment A on Viewer { " + "roles " * 10 + "}"
DEEP = "{ tickets { nodes { activities { nodes { ticket { activities { nodes { ticket { activities { nodes { ticket { "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DEEP + "id } } } } } } } } } } } }", []),
        (
            DEEP + "requester { id } } } } } } } } } } } } }",
            [("The operation is nested", 13)],
        ),
        (ALIASES + " ".join(f"b{index}: name" for index in range(10)) + " } } }", [("The operation has", 21)]),
        ("{ viewer { user { " + " ".join(f"b{index}: name" for index in range(30)) + " } } }", []),
        (
            "{ viewer { user { " + " ".join(f"b{index}: name" for index in range(31)) + " } } }",
            [("The operation has", 31)],
        ),
        ("{ " + "__typename " * 20 + "}", []),
        ("{ " + "__typename " * 21 + "}", [("The operation has", 21)]),
        ("mutation { " + "__typename " * 5 + "}", []),
        ("mutation { " + "__typename " * 6 + "}", [("The operation has", 6)]),
        ("mutation { ...A ...A } fragment A on Mutation { " + "__typename " * 3 + "}", [("The operation has", 6)]),
        ("{ viewer { " + "roles @skip(if: false) " * 50 + "} }", []),
        ("{ viewer { " + "roles @skip(if: false) " * 51 + "} }", [("The operation has", 51)]),
        ("{ viewer { " + "roles " * 9 + TEN, []),
        ("{ viewer { " + "roles " * 10 + TEN, [("The operation has", 501)]),
        ("{ ...A ...A ...A } fragment A on Query { " + "__typename " * 7 + "}", [("The operation has", 21)]),
        ("query A { __typename } query B { " + "__typename " * 21 + "}", [("The operation has", 21)]),
        ("{ __typename }" + " " * 19_987, [("The document has", 20_001)]),
    ],
)
def test_each_limit_is_exact(text: str, expected: list[tuple[str, int]]) -> None:
    assert violations(text) == expected


def test_nested_fragments_are_analyzed_once() -> None:
    links = "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }} " for n in range(90))
    text = "{ viewer { ...F0 } } " + links + "fragment F90 on Viewer { roles }"
    assert violations(text) == [("The operation has", 1_000_000_000)]


@pytest.mark.parametrize(
    "text",
    [
        "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
        "{ ...Nowhere }",
        "{ nothing { at { all } } }",
        "{ viewer { ... on Nothing { id } } }",
        "subscription { nothing }",
    ],
)
def test_invalid_documents_are_left_to_validation(text: str) -> None:
    with pytest.raises(InvalidDocumentError) as invalid:
        default_schema().documents.prepare(text)
    assert not any(isinstance(error.original_error, TooComplex) for error in invalid.value.errors)


def test_excessive_nesting_is_refused() -> None:
    links = "".join(f"fragment F{n} on Viewer {{ user {{ ...F{n + 1} }} }} " for n in range(70))
    assert violations("{ viewer { ...F0 } } " + links + "fragment F70 on User { id }")


async def test_limits_are_settings_and_errors_are_translated(company: Company, settings: Settings) -> None:
    bound = settings.model_copy(update={"max_depth": 2, "max_tokens": 12, "max_cost": 40})
    async with Api(bound, company.database) as api:
        deep = "{ viewer { user { name } } }"
        french = await api.ask(company.tokens["manager"], deep, language="fr")
        english = await api.ask(company.tokens["manager"], deep)
        long = await api.ask(None, "{ a b c d e f g h i j k l m }")
        dear = await api.ask(company.tokens["manager"], "{ services { id } }")
    assert french.codes == english.codes == long.codes == dear.codes == ["OPERATION_TOO_COMPLEX"]
    assert french.errors[0]["message"] == "L'opération s'imbrique sur 3 champs ; 2 sont permis."
    assert english.errors[0]["message"] == "The operation is nested 3 fields deep; 2 are allowed."
    assert long.errors[0]["message"] == "The document has more than the 12 tokens that are allowed."
    assert "50 points; 40 are allowed" in dear.errors[0]["message"]


def test_the_default_limits_are_those_of_the_settings() -> None:
    assert Limits.from_settings(Settings(_env_file=None)) == Limits.default()
    assert build_schema(limits=replace(Limits.default(), depth=3)).documents.limits.depth == 3
