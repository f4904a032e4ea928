"""People at work through the API: what they do is accepted, refused with nothing changed, or forbidden."""

from dataclasses import dataclass
from typing import Any

from osit_graphql.domain.enums import Action
from tests.client import Api, ApiResponse
from tests.company import Company
from tests.documents import action_request


@dataclass(frozen=True)
class Desk:
    """A company and its API; everybody by their name in `tests.company`."""

    company: Company
    api: Api

    def token(self, who: str) -> str:
        """Return somebody's token."""
        return self.company.tokens[who]

    async def does(self, who: str, action: Action, ticket: int | str | None = None, **changes: Any) -> Any:
        """Do it, successfully; a number is a ticket's, a text an id. Return the payload."""
        document, variables = self._said(action, ticket, changes)
        return await self.api.act(self.token(who), document, **variables)

    async def answer(self, who: str, action: Action, ticket: int | str | None = None, **changes: Any) -> ApiResponse:
        """Try it; return the whole answer."""
        document, variables = self._said(action, ticket, changes)
        return await self.api.ask(self.token(who), document, variables)

    async def is_refused(
        self, who: str, action: Action, ticket: int | str | None = None, **changes: Any
    ) -> list[tuple[str, str]]:
        """Try it; nothing may change. Return what is wrong: (path, code) of `userErrors`, or of the top-level error."""
        before = await self.company.snapshot()
        answer = await self.answer(who, action, ticket, **changes)
        assert await self.company.snapshot() == before
        if answer.errors:
            return [(".".join(map(str, error["path"])), error["extensions"]["code"]) for error in answer.errors]
        [payload] = answer.data.values()
        assert payload["userErrors"] != []
        assert payload["activity"] is None
        assert payload["activities"] == []
        return [(".".join(error["field"]), error["code"]) for error in payload["userErrors"]]

    async def reads(self, who: str, document: str, **variables: Any) -> Any:
        """Return the data of a query that must succeed."""
        return await self.api.read(self.token(who), document, **variables)

    async def ticket(self, who: str, number: int, fields: str) -> Any:
        """Return these fields of a ticket, or None."""
        document = f"query ($number: Int!) {{ ticket(by: {{number: $number}}) {{ {fields} }} }}"
        return (await self.reads(who, document, number=number))["ticket"]

    async def numbers(self, who: str, field: str = "tickets", **variables: Any) -> list[int]:
        """Return the numbers in one of the lists, in its order."""
        document = (
            "query ($filter: TicketFilter, $orderBy: [TicketOrder!], $last: Int) "
            f"{{ {field}(filter: $filter, orderBy: $orderBy, last: $last) {{ totalCount nodes {{ number }} }} }}"
        )
        found = (await self.reads(who, document, **variables))[field]
        numbers = [node["number"] for node in found["nodes"]]
        if "last" not in variables:
            assert found["totalCount"] == len(numbers)
        return numbers

    async def history(self, who: str, number: int, fields: str = "kind comment") -> list[Any]:
        """Return a ticket's history as somebody reads it."""
        found = await self.ticket(who, number, f"activities {{ totalCount nodes {{ {fields} }} }}")
        assert found["activities"]["totalCount"] == len(found["activities"]["nodes"])
        return list(found["activities"]["nodes"])

    def _said(self, action: Action, ticket: int | str | None, changes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        key = self.company.id(ticket) if isinstance(ticket, int) else ticket
        return action_request(self.company, action, key, **changes)
