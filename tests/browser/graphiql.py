"""Page object of GraphiQL: choose a role, open a step of the story, run it, read the response."""

from typing import Any

from playwright.async_api import APIResponse, Page, Response, expect


class GraphiQL:
    """One open page; forbidden events are collected in `faults`."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("console", lambda message: self._check_message(message.text))
        page.on("request", lambda request: self._check_request(request.url))

    def _check_message(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.faults.append(text[:300])

    def _check_request(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:", "blob:")):
            self.faults.append(f"request to another host: {url}")

    async def open(self, path: str = "/graphiql") -> None:
        await self.page.goto(f"{self.address}{path}")
        await self.page.locator(".graphiql-query-editor .view-line").first.wait_for()

    async def become(self, account: str) -> None:
        """Sign in with one click as an account of the demo company."""
        button = self.page.get_by_title(f"{account}@demo.example")
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")

    async def play(self, step: int) -> dict[str, Any]:
        """Open the tab of a step of the story and run it; return `data`, which must have come without errors."""
        await self.page.get_by_role("button", name=f"Étape {step} :").click()
        response = await self.run()
        assert "errors" not in response, response["errors"]
        data: dict[str, Any] = response["data"]
        return data

    async def run(self) -> dict[str, Any]:
        """Press the button, wait until the response is shown, and return it."""
        async with self.page.expect_response(self._is_response) as waiting:
            await self.page.locator(".graphiql-execute-button").click()
        response: dict[str, Any] = await (await waiting.value).json()
        key = "data" if "data" in response else "errors"
        await expect(self.page.locator(".graphiql-response .view-lines")).to_contain_text(f'"{key}"')
        return response

    async def token(self) -> str | None:
        """Return the session token that the page keeps for this browser tab."""
        token: str | None = await self.page.evaluate("sessionStorage.getItem('osit.token')")
        return token

    async def ask(self, query: str, token: str | None) -> APIResponse:
        """Send a query to the API from outside the page, with a token."""
        return await self.page.request.post(
            f"{self.address}/graphql", data={"query": query}, headers={"Authorization": f"Bearer {token}"}
        )

    def _is_response(self, response: Response) -> bool:
        return response.url == f"{self.address}/graphql"
