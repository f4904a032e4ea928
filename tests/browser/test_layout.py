"""The page on screens of several sizes: tabs, editors and result are where users see them."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.graphiql import GraphiQL

SIZES = [(1280, 800), (1024, 768), (390, 844)]
SMALL_SIZES = [(390, 844), (360, 640), (844, 390)]

# Tabs whose left or right end is outside the list of tabs, as scrolled.
CUT_TABS = """
() => {
  const list = document.querySelector("[role=tablist]").getBoundingClientRect();
  return [...document.querySelectorAll("[role=tab]")].filter((tab) => {
    const box = tab.getBoundingClientRect();
    return box.left < list.left - 1 || box.right > list.right + 1;
  }).map((tab) => tab.innerText);
}
"""
# Top of the page's parts in CSS pixels from the top of the document.
TOPS = """
() => [".graphiql-session-header", ".graphiql-query-editor", ".graphiql-editor-tool", ".graphiql-response"].map(
  (part) => Math.round(document.querySelector(part).getBoundingClientRect().top + scrollY)
)
"""
FIRST_LINE = "() => document.querySelector('.graphiql-query-editor .view-lines').getBoundingClientRect().top + scrollY"


async def open_at(graphiql: GraphiQL, size: tuple[int, int]) -> None:
    await graphiql.page.set_viewport_size({"width": size[0], "height": size[1]})
    await graphiql.open()
    await expect(graphiql.page.get_by_role("tab")).to_have_count(9)


async def tops(graphiql: GraphiQL) -> Any:
    return [*(await graphiql.page.evaluate(TOPS)), await graphiql.page.evaluate(FIRST_LINE)]


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (1440, 900)])
async def test_line_28_no_tab_is_cut_off(graphiql: GraphiQL, size: tuple[int, int]) -> None:
    await open_at(graphiql, size)
    assert await graphiql.page.evaluate(CUT_TABS) == []


async def test_line_28_a_tenth_tab_is_not_cut_off_either(graphiql: GraphiQL) -> None:
    await open_at(graphiql, (1280, 800))
    await graphiql.page.get_by_role("button", name="Nouvel onglet").click()
    await expect(graphiql.page.get_by_role("tab")).to_have_count(10)
    assert await graphiql.page.evaluate(CUT_TABS) == []


@pytest.mark.parametrize("step", [9, 1])
async def test_line_28_on_a_phone_the_active_tab_is_scrolled_to(graphiql: GraphiQL, step: int) -> None:
    await open_at(graphiql, (390, 844))
    await graphiql.page.get_by_role("button", name="Étape 6 :").click()
    await graphiql.page.get_by_role("button", name=f"Étape {step} :").click()
    active = graphiql.page.get_by_role("tab", selected=True)
    await expect(active).to_contain_text("Rapports" if step == 9 else "Annuaire")
    await expect(active).to_be_in_viewport(ratio=0.95)


@pytest.mark.parametrize("size", SIZES)
async def test_line_28_the_editors_do_not_move_after_a_run(graphiql: GraphiQL, size: tuple[int, int]) -> None:
    await open_at(graphiql, size)
    await graphiql.become("operator")
    before = await tops(graphiql)
    await graphiql.play(1)
    await expect(graphiql.page.get_by_role("button", name="Étape suivante : 2")).to_be_visible()
    assert await tops(graphiql) == before


async def test_line_28_the_editors_do_not_move_when_a_run_finds_the_session_ended(graphiql: GraphiQL) -> None:
    await open_at(graphiql, (1280, 800))
    await graphiql.become("operator")
    before = await tops(graphiql)
    await graphiql.ask("mutation { signOut { userErrors { code } } }", await graphiql.token())
    assert (await graphiql.run())["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await expect(graphiql.page.locator(".notice")).to_contain_text("Votre session est terminée")
    assert await tops(graphiql) == before


@pytest.mark.parametrize("size", SMALL_SIZES)
async def test_line_28_a_run_shows_the_result_on_a_phone(graphiql: GraphiQL, size: tuple[int, int]) -> None:
    await open_at(graphiql, size)
    await graphiql.become("operator")
    await graphiql.play(1)
    await expect(graphiql.page.locator(".graphiql-response")).to_be_in_viewport(ratio=0.95)
    await expect(graphiql.page.locator(".graphiql-response .view-line").first).to_be_in_viewport()
    assert await graphiql.page.evaluate("document.documentElement.scrollWidth") <= size[0]


async def test_line_28_a_run_scrolls_nothing_on_a_desktop(graphiql: GraphiQL) -> None:
    await open_at(graphiql, (1280, 800))
    await graphiql.become("operator")
    await graphiql.play(1)
    assert await graphiql.page.evaluate("scrollY") == 0
    await expect(graphiql.page.locator(".graphiql-session-header")).to_be_in_viewport(ratio=1)
