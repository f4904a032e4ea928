"""docs/clients.md says how client libraries read the schema: Python's keywords, and pages with `edges`."""

from keyword import iskeyword

from graphql import DocumentNode, FieldNode, parse
from graphql.language import Visitor, visit

from osit_graphql.api.schema import build_schema
from tests.architecture.source import ROOT

LIBRARIES = (ROOT / "docs/clients.md").read_text(encoding="utf-8").partition("## Client libraries\n")[2]
DESK = ROOT / "examples/client/src/desk"


class PagedLists(Visitor):
    """Collects the fields of each list that selects `pageInfo`."""

    def __init__(self) -> None:
        super().__init__()
        self.selected: list[set[str]] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Collect the selection of a field."""
        selections = node.selection_set.selections if node.selection_set else ()
        names = {each.name.value for each in selections if isinstance(each, FieldNode)}
        if "pageInfo" in names:
            self.selected.append(names)


def paged_lists(document: DocumentNode) -> list[set[str]]:
    """Return the fields of each list that selects `pageInfo`."""
    visit(document, lists := PagedLists())
    return lists.selected


def test_line_30_names_that_are_keywords_in_python_are_documented() -> None:
    fields = [each for type_ in build_schema().core.type_map.values() for each in getattr(type_, "fields", {}).items()]
    names = {name for name, _ in fields} | {name for _, field in fields for name in getattr(field, "args", {})}
    keywords = {name for name in names if iskeyword(name)}
    assert keywords
    for name in keywords:
        assert f"`{name}`" in LIBRARIES
        assert f"`{name}_`" in LIBRARIES


def test_line_30_the_example_client_pages_with_edges() -> None:
    lists = [names for path in DESK.glob("*.graphql") for names in paged_lists(parse(path.read_text("utf-8")))]
    assert len(lists) == 2  # the queue and the callers
    assert all("edges" in names and "nodes" not in names for names in lists)
