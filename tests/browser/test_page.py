"""The page: its editor under the content security policy, the steps of the story, small screens."""

from playwright.async_api import expect

from tests.browser.graphiql import GraphiQL


async def test_the_editor_completes_from_the_schema_and_marks_mistakes(graphiql: GraphiQL) -> None:
    page = graphiql.page
    await graphiql.open()
    await page.get_by_role("button", name="Nouvel onglet").click()
    editor = page.locator(".graphiql-query-editor")
    await editor.locator(".view-lines").click()
    await page.keyboard.type("{ view", delay=50)
    await page.keyboard.press("Control+Space")
    await expect(editor.locator(".suggest-widget .monaco-list-row").first).to_contain_text("viewer")
    await page.keyboard.press("Escape")
    await page.keyboard.type("erz { id } }")
    await expect(editor.locator(".squiggly-error").first).to_be_attached()


async def test_a_step_run_too_early_names_the_missing_step_and_sends_nothing(graphiql: GraphiQL) -> None:
    page = graphiql.page
    await graphiql.open()
    await page.get_by_role("button", name="Étape 5 :").click()
    requested_urls: list[str] = []
    page.on("request", lambda request: requested_urls.append(request.url))
    await page.get_by_role("button", name="Exécuter la requête").click()
    await expect(page.locator(".graphiql-response .view-lines")).to_contain_text("{{ticket}}")
    assert f"{graphiql.address}/graphql" not in requested_urls


async def test_a_closed_tab_of_the_story_reopens(graphiql: GraphiQL) -> None:
    page = graphiql.page
    tab = page.locator(".graphiql-tab", has=page.get_by_text("Cloture", exact=True))
    await graphiql.open()
    await tab.hover()
    await tab.locator(".graphiql-tab-close").click()
    await expect(tab).to_have_count(0)
    await page.get_by_role("button", name="Étape 7 :").click()
    await expect(tab).to_have_count(1)
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("ticketClose")


async def test_a_phone_shows_the_page_without_horizontal_scrolling(graphiql: GraphiQL) -> None:
    page = graphiql.page
    await page.set_viewport_size({"width": 380, "height": 780})
    await graphiql.open()
    await graphiql.become("operator")
    await graphiql.play(1)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 380
    await expect(page.locator(".graphiql-response")).to_be_visible()
