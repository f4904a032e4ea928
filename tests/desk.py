"""An incident desk: people of the small company who act through the API."""

from dataclasses import dataclass
from typing import Any

from osit_graphql.domain.enums import Action, Criticality
from tests.client import Api, ApiResponse
from tests.company import Company
from tests.documents import action_request


@dataclass(frozen=True)
class Desk:
    """A company and its API; people have the names of `tests.company`."""

    company: Company
    api: Api

    def token(self, who: str) -> str:
        """Return the token of a person."""
        return self.company.tokens[who]

    async def target(self, action: Action) -> int | str | None:
        """Return a new target for an action: a ticket's number, an intervention's ID, None for a creation."""
        if action is Action.CREATE:
            return None
        evolution = {"criticality": Criticality.EVOLUTION} if action is Action.DECIDE else {}
        number = await self.company.ticket(**evolution)
        if action is Action.REOPEN:
            await self.does("developer", Action.CLOSE, number)
        if action is Action.VOID_INTERVENTION:
            return str((await self.does("developer", Action.LOG_INTERVENTION, number))["activity"]["id"])
        return number

    async def does(self, who: str, action: Action, ticket: int | str | None = None, **changes: Any) -> Any:
        """Perform an accepted action on a ticket number or an ID; return the payload."""
        document, variables = self._request(action, ticket, changes)
        return await self.api.act(self.token(who), document, **variables)

    async def answer(self, who: str, action: Action, ticket: int | str | None = None, **changes: Any) -> ApiResponse:
        """Try an action; return the response."""
        document, variables = self._request(action, ticket, changes)
        return await self.api.ask(self.token(who), document, variables)

    async def is_refused(
        self, who: str, action: Action, ticket: int | str | None = None, **changes: Any
    ) -> list[tuple[str, str]]:
        """Try a refused action; no row may change. Return (path, code) of `userErrors`, or of the top-level errors."""
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
        """Return the data of a successful query."""
        return await self.api.read(self.token(who), document, **variables)

    async def ticket(self, who: str, number: int, fields: str) -> Any:
        """Return these fields of a ticket, or None."""
        document = f"query ($number: Int!) {{ ticket(by: {{number: $number}}) {{ {fields} }} }}"
        return (await self.reads(who, document, number=number))["ticket"]

    async def numbers(self, who: str, field: str = "tickets", **variables: Any) -> list[int]:
        """Return the ticket numbers of a list, in order."""
        document = (
            "query ($filter: TicketFilter, $orderBy: [TicketOrder!], $last: Int) "
            f"{{ {field}(filter: $filter, orderBy: $orderBy, last: $last) {{ totalCount nodes {{ number }} }} }}"
        )
        connection = (await self.reads(who, document, **variables))[field]
        numbers = [node["number"] for node in connection["nodes"]]
        if "last" not in variables:
            assert connection["totalCount"] == len(numbers)
        return numbers

    async def history(self, who: str, number: int, fields: str = "kind comment") -> list[Any]:
        """Return the history of a ticket as a person reads it."""
        ticket = await self.ticket(who, number, f"activities {{ totalCount nodes {{ {fields} }} }}")
        assert ticket["activities"]["totalCount"] == len(ticket["activities"]["nodes"])
        return list(ticket["activities"]["nodes"])

    def _request(self, action: Action, ticket: int | str | None, changes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        key = self.company.id(ticket) if isinstance(ticket, int) else ticket
        return action_request(self.company, action, key, **changes)
