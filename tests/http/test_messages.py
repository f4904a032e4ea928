"""Messages in French and in English."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

import pytest

import osit_graphql
from osit_graphql.domain.errors import RequestError
from osit_graphql.domain.user_errors import UserError
from osit_graphql.i18n import negotiate, read_catalog, translate

PACKAGE = Path(osit_graphql.__file__).parent
ENGLISH = {message.id: str(message.string) for message in read_catalog() if message.id}


def _descend(root: type[object]) -> Iterator[type[object]]:
    for child in root.__subclasses__():
        yield child
        yield from _descend(child)


def _find_sentences() -> Iterator[str]:
    """Yield the sentence of every error class, and those passed where an error is raised."""
    for name in ("domain.errors", "domain.user_errors", "api.errors", "http.errors"):
        import_module(f"osit_graphql.{name}")
    error_classes = [*_descend(RequestError), *_descend(UserError)]
    yield from {str(vars(error_class)["sentence"]) for error_class in error_classes if "sentence" in vars(error_class)}
    names = {error_class.__name__ for error_class in error_classes}
    for path in PACKAGE.rglob("*.py"):
        yield from _read_raised(ast.parse(path.read_text("utf-8")), names)


def _read_raised(module: ast.Module, names: set[str]) -> Iterator[str]:
    """Yield the sentences passed to error classes in a module, literally or by the name of a constant."""
    constants = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names:
            for argument in node.args[:1]:
                value = constants.get(argument.id) if isinstance(argument, ast.Name) else argument
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.value


def _find_constants() -> Iterator[str]:
    """Yield the constants that are sentences."""
    for name in (
        "http.errors",
        "http.variable_errors",
        "api.validation_rules",
        "api.errors",
    ):
        module = import_module(f"osit_graphql.{name}")
        for key, value in vars(module).items():
            if key.isupper() and isinstance(value, str) and re.search(r" .*[.}]$", value) and not value.startswith(" "):
                yield value


SENTENCES = sorted({*_find_sentences(), *_find_constants()})


def test_sentences_are_collected() -> None:
    assert {"Sign in first.", "This can't be empty.", "The variables are not valid."} <= set(SENTENCES)
    assert len(SENTENCES) > 40


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_has_a_french_translation(sentence: str) -> None:
    french = ENGLISH.get(sentence, "")
    assert french.strip()
    assert french != sentence
    assert sorted(re.findall(r"\{\w+\}", french)) == sorted(re.findall(r"\{\w+\}", sentence))


def test_placeholders_are_filled_in_both_languages() -> None:
    assert (
        translate("This has more than {limit} characters.", {"limit": 200}, "fr") == "Ce texte dépasse 200 caractères."
    )
    assert (
        translate("This has more than {limit} characters.", {"limit": 200}, "en")
        == "This has more than 200 characters."
    )


def test_datetimes_are_localized() -> None:
    parameters = {"day": date(2026, 11, 23), "moment": datetime(2026, 11, 23, 14, 5, tzinfo=UTC)}
    assert translate("{day} {moment}", parameters, "fr") == "23/11/2026 23/11/2026 14:05"


def test_parameters_are_not_templates() -> None:
    assert translate("This must be between {low} and {high}.", {"low": "{high}"}, "en") == (
        "This must be between {high} and {high}."
    )


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "fr"),
        ("", "fr"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("fr-CA", "fr"),
        ("de", "fr"),
        ("de, en;q=0.5", "en"),
        ("en;q=0.5, fr", "fr"),
        ("fr;q=0.5, en", "en"),
        ("en, fr", "en"),
        ("fr, en", "fr"),
        ("*", "fr"),
        ("fr;q=0, *", "en"),
        ("en;q=0", "fr"),
        ("en;q=nonsense", "fr"),
        ("en;q=nan", "fr"),
        (";;,,q=", "fr"),
        ("a" * 100_000, "fr"),
    ],
)
def test_the_language_is_french_unless_english_is_preferred(header: str | None, language: str) -> None:
    assert negotiate(header) == language
