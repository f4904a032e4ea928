"""A reload of the page: tabs, queries and variables stay."""

import asyncio

import pytest
from playwright.async_api import Locator, expect

from tests.browser.graphiql import GraphiQL
from tests.waiting import HANG_TIMEOUT_S, POLL_INTERVAL_S


def variables(graphiql: GraphiQL) -> Locator:
    return graphiql.page.locator(".graphiql-editor-tool .view-lines").first


def tabs(graphiql: GraphiQL) -> Locator:
    return graphiql.page.get_by_role("tab")


async def wait_until_stored(graphiql: GraphiQL, active_tab: int) -> None:
    """Return when GraphiQL has stored its tabs with this active one; it stores them 500 ms after a change."""
    async with asyncio.timeout(HANG_TIMEOUT_S):
        while (
            await graphiql.page.evaluate("JSON.parse(localStorage['graphiql:tabState']).activeTabIndex") != active_tab
        ):
            await graphiql.page.wait_for_timeout(1000 * POLL_INTERVAL_S)


async def reload(graphiql: GraphiQL) -> None:
    await graphiql.page.reload()
    await graphiql.page.locator(".graphiql-query-editor .view-line").first.wait_for()


async def test_line_28_step_1_keeps_its_variables_after_a_reload(graphiql: GraphiQL) -> None:
    await graphiql.open()
    await expect(variables(graphiql)).to_contain_text("requester@demo.example")
    await reload(graphiql)
    await expect(variables(graphiql)).to_contain_text("requester@demo.example")
    await graphiql.become("operator")
    [caller] = (await graphiql.play(1))["appelants"]["nodes"]
    assert caller["email"] == "requester@demo.example"


@pytest.mark.parametrize(("step", "operation"), [(7, "Cloture"), (9, "Rapports")])
async def test_line_28_another_active_tab_keeps_its_variables_after_a_reload(
    graphiql: GraphiQL, step: int, operation: str
) -> None:
    await graphiql.open()
    await graphiql.page.get_by_role("button", name=f"Étape {step} :").click()
    before = await variables(graphiql).inner_text()
    await wait_until_stored(graphiql, step - 1)
    await reload(graphiql)
    await expect(graphiql.page.get_by_role("tab", selected=True)).to_contain_text(operation)
    await expect(graphiql.page.locator(".graphiql-query-editor .view-lines")).to_contain_text(operation)
    assert await variables(graphiql).inner_text() == before
    await graphiql.page.get_by_role("button", name="Étape 1 :").click()
    await expect(variables(graphiql)).to_contain_text("requester@demo.example")


async def test_line_28_a_reload_right_after_a_change_opens_no_further_tab(graphiql: GraphiQL) -> None:
    await graphiql.open()
    editor = graphiql.page.locator(".graphiql-query-editor .view-lines")
    await editor.click()
    await graphiql.page.keyboard.type("# ")
    await graphiql.page.get_by_role("button", name="Étape 4 :").click()
    await expect(editor).to_contain_text("Intervention")
    await graphiql.page.wait_for_timeout(200)  # GraphiQL stores the query after 100 ms, variables and tabs after 500
    await reload(graphiql)
    await expect(tabs(graphiql)).to_have_count(9)
    await expect(graphiql.page.get_by_role("tab", selected=True)).to_have_count(1)
