"""The compiled schema passes graphql-core the options that Strawberry has no way to set."""

from tests.http.schema import make_schema


async def test_coercion_errors_are_few_and_have_no_suggestions() -> None:
    document = "query($b: [Box!]!) { boxes(boxes: $b) }"
    result = await make_schema(executor="compiled").execute(document, {"b": [{"widht": 1}] * 9})
    messages = [error.message for error in result.errors or []]
    assert len(messages) == 6
    assert "Did you mean" not in str(messages)
