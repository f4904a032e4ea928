"""The page's language: the browser's, French or English, for GraphiQL's own texts as for OSIT's."""

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.graphiql import GraphiQL

# Texts and labels of the page, without editors, names of tabs, names and descriptions of the schema, keys, people.
TEXTS = """
() => {
  const skipped = [".monaco-editor", ".monaco-aria-container", ".graphiql-tab-button:not([title='<untitled>'])",
    ".person", ".graphiql-history-item-label", ".graphiql-doc-explorer-section-content", ".graphiql-doc-explorer-title",
    ".graphiql-markdown-description", ".graphiql-key", ".demo button", "[role=option]", "head", "noscript", "script",
    "svg"].join();
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node instanceof Element ? node : node.parentElement;
    if (element.closest(skipped)) continue;
    if (node instanceof Text) texts.push(node.data);
    else for (const name of ["aria-label", "title", "placeholder"]) texts.push(element.getAttribute(name) ?? "");
  }
  return texts.map((text) => text.trim());
}
"""
SAME_IN_BOTH = {"OSIT", "GraphiQL", "Variables", "macOS", "Windows", "i", "Type", "Arguments", "Query", "Ctrl Alt K"}


class Tour:
    """Opens every part of the page in one language and collects its texts."""

    def __init__(self, graphiql: GraphiQL) -> None:
        self.graphiql = graphiql
        self.page = graphiql.page
        self.sidebar = graphiql.page.locator(".graphiql-sidebar > button")
        self.texts: set[str] = set()

    async def collect(self) -> None:
        texts = await self.page.evaluate(TEXTS)
        self.texts |= {text for text in texts if any(letter.isalpha() for letter in text)}

    async def visit(self, button: Locator, opened: str) -> None:
        await button.click()
        await self.page.locator(opened).first.wait_for()
        await self.collect()

    async def run(self) -> set[str]:
        await self.graphiql.open()
        await self.collect()
        await self.visit_editors()
        await self.visit_documentation()
        await self.visit_history()
        for dialog in (3, 4):  # keyboard shortcuts, settings
            await self.visit(self.sidebar.nth(dialog), ".graphiql-dialog")
            await self.page.locator(".graphiql-dialog-close").click()
        return self.texts

    async def visit_editors(self) -> None:
        await self.visit(self.page.locator(".graphiql-toggle-editor-tools"), ".graphiql-chevron-icon")
        await self.page.locator(".graphiql-tab-add").click()
        await expect(self.page.get_by_role("tab")).to_have_count(10)
        await self.collect()

    async def visit_documentation(self) -> None:
        await self.visit(self.sidebar.nth(0), ".graphiql-doc-explorer-section-title")
        await self.page.locator(".graphiql-doc-explorer-search input").fill("no such name")
        await self.page.locator(".graphiql-doc-explorer-search-empty").wait_for()
        await self.collect()
        await self.page.keyboard.press("Escape")
        await self.page.keyboard.press("Tab")
        link = self.page.locator(".graphiql-doc-explorer-section-content .graphiql-doc-explorer-type-name").first
        await self.visit(link, ".graphiql-doc-explorer-back")
        await self.visit(self.page.locator(".graphiql-doc-explorer-field-name").first, ".graphiql-doc-explorer-back")

    async def visit_history(self) -> None:
        await self.page.locator("[id=graphiql-session-tab-0]").click()
        await self.page.locator(
            ".graphiql-execute-button"
        ).click()  # without a session: an error, and a line of history
        await self.visit(self.sidebar.nth(1), ".graphiql-history-item-action")
        await self.visit(self.page.locator(".graphiql-history-item-action").first, ".graphiql-history-item input")


async def read_texts_in(chromium: Browser, address: str, locale: str) -> set[str]:
    context = await chromium.new_context(viewport={"width": 1280, "height": 800}, locale=locale)
    graphiql = GraphiQL(await context.new_page(), address)
    texts = await Tour(graphiql).run()
    await context.close()
    assert graphiql.faults == []
    return texts


async def test_line_28_no_text_is_the_same_in_french_and_english(chromium: Browser, address: str) -> None:
    french = await read_texts_in(chromium, address, "fr-FR")
    english = await read_texts_in(chromium, address, "en-US")
    assert {"Execute query (Ctrl-Enter)", "Settings", "Root Types", "Edit label", "No results found"} <= english
    assert {"Exécuter la requête (Ctrl-Enter)", "Réglages", "Types racines", "Renommer", "Aucun résultat"} <= french
    assert french & english <= SAME_IN_BOTH
    assert len(french) == pytest.approx(len(english), abs=3)


@pytest.mark.parametrize(
    ("locale", "language", "run", "sign_in"),
    [
        ("fr-CA", "fr", "Exécuter la requête", "Se connecter"),
        ("en-GB", "en", "Execute query", "Sign in"),
        ("de-DE", "fr", "Exécuter la requête", "Se connecter"),
    ],
)
async def test_line_28_the_page_follows_the_browsers_language(
    graphiql: GraphiQL, language: str, run: str, sign_in: str
) -> None:
    page = graphiql.page
    await graphiql.open()
    assert await page.evaluate("document.documentElement.lang") == language
    await page.get_by_role("button", name=run).hover()
    await expect(page.locator(".graphiql-tooltip")).to_contain_text(run)
    await expect(page.get_by_role("button", name=sign_in, exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "message"), [("fr-FR", "Connectez-vous d'abord."), ("en-US", "Sign in first.")], ids=["fr", "en"]
)
async def test_line_28_the_api_answers_in_the_language_of_the_page(graphiql: GraphiQL, message: str) -> None:
    await graphiql.open()
    async with graphiql.page.expect_response(f"{graphiql.address}/graphql") as waiting:
        await graphiql.page.locator(".graphiql-execute-button").click()
    assert (await (await waiting.value).json())["errors"][0]["message"] == message
