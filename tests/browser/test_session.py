"""Sign-in, the session of a tab, and its end."""

from playwright.async_api import expect

from tests.browser.graphiql import GraphiQL


async def test_signing_in_and_out_by_the_form(graphiql: GraphiQL) -> None:
    page = graphiql.page
    await graphiql.open()
    await page.get_by_label("Adresse e-mail").fill("manager@demo.example")
    await page.get_by_label("Mot de passe").fill("osit-demo")
    await page.keyboard.press("Enter")
    await expect(page.locator(".person")).to_contain_text("responsable")
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page.get_by_label("Adresse e-mail")).to_be_visible()
    assert await graphiql.token() is None


async def test_a_wrong_password_shows_a_notice_and_signs_nobody_in(graphiql: GraphiQL) -> None:
    page = graphiql.page
    await graphiql.open()
    await page.get_by_label("Adresse e-mail").fill("manager@demo.example")
    await page.get_by_label("Mot de passe").fill("autre chose")
    await page.get_by_role("button", name="Se connecter").click()
    await expect(page.locator(".notice")).not_to_be_empty()
    await expect(page.get_by_label("Mot de passe")).to_be_visible()
    assert await graphiql.token() is None


async def test_the_session_lives_in_this_tab_and_in_no_cookie(graphiql: GraphiQL) -> None:
    await graphiql.open()
    await graphiql.become("developer")
    await graphiql.page.reload()
    await expect(graphiql.page.locator(".person")).to_contain_text("technicien")
    assert await graphiql.page.context.cookies() == []
    token = await graphiql.token()
    assert token
    assert token not in await graphiql.page.evaluate("JSON.stringify({...localStorage})")


async def test_a_session_that_ended_elsewhere_shows_a_notice(graphiql: GraphiQL) -> None:
    await graphiql.open()
    await graphiql.become("operator")
    token = await graphiql.token()
    ended = await graphiql.ask("mutation { signOut { userErrors { code } } }", token)
    assert await ended.json() == {"data": {"signOut": {"userErrors": []}}}
    answer = await graphiql.run()
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await expect(graphiql.page.locator(".notice")).to_contain_text("Votre session est terminée")
    await expect(graphiql.page.get_by_label("Adresse e-mail")).to_be_visible()


async def test_choosing_another_role_ends_the_previous_session(graphiql: GraphiQL) -> None:
    await graphiql.open()
    await graphiql.become("operator")
    token = await graphiql.token()
    await graphiql.become("developer")
    assert (await graphiql.ask("{ viewer { id } }", token)).status == 401
