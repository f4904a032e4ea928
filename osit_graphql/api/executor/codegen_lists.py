"""Lists of rows: written by one function, which takes each row's values all at once where it gives them in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osit_graphql.api.executor.codegen_leaves import refuse
from osit_graphql.api.executor.places import Columns, Place, evaluate, names_of

if TYPE_CHECKING:
    from graphql.execution.collect_fields import FieldDetailsList

    from osit_graphql.api.executor.codegen import Expression
    from osit_graphql.api.row_fields import Rows


class Lists(dict[Columns | None, Callable[[Sequence[Any]], list[Any]]]):
    """What writes a list of rows, by their columns: compiled when it is first met.

    `order` tells a row's columns in the order in which it gives their values; None where it doesn't.
    """

    def __init__(
        self,
        order: Callable[[Any], Columns | None],
        compile_: Callable[[Columns | None], Callable[[Sequence[Any]], list[Any]] | None],
    ) -> None:
        super().__init__()
        self._order = order
        self._compile = compile_

    def __missing__(self, columns: Columns | None) -> Callable[[Sequence[Any]], list[Any]]:
        self[columns] = self._compile(columns) or refuse
        return self[columns]

    def write(self, rows: Sequence[Any]) -> list[Any]:
        """Write rows, which are all of one statement."""
        return self[self._order(rows[0])](rows) if rows else []


def compile_list(
    express: Callable[[], Expression],
    kinds: Mapping[Any, Place],
    details: FieldDetailsList,
    rows: Rows,
    columns: Columns | None,
) -> Callable[[Any], list[Any]] | None:
    """Compile what writes a list of rows of these columns; None unless all of each kind is plain."""
    expression, sources = express(), {}
    for type_, place in kinds.items():
        pairs, rest = expression.pairs(type_, details, replace(place, columns=columns))
        if rest:
            return None
        sources[place.origin] = f"{{{', '.join(pairs)}}}"
    values = "r" if columns is None else ", ".join(names_of(columns))
    body, by = next(iter(sources.values())), Place(object, "r", "", columns).read(rows.by or "")
    if len({*sources.values()}) > 1:
        writes = {origin: evaluate(f"lambda {values}: {each}", expression.names) for origin, each in sources.items()}
        chosen = expression.name_of({word: writes[origin] for word, origin in rows.types.items()})
        body = f"{chosen}[{by}]({values})"
    elif expression.binds:  # what is bound in a list's expression would be its function's
        body = f"{expression.name_of(evaluate(f'lambda {values}: {body}', expression.names))}({values})"
    if rows.by is not None:
        known = expression.name_of(frozenset(rows.types))
        body = f"({body} if {by} in {known} else {expression.name_of(refuse)}({by}))"
    write: Callable[[Any], list[Any]] = evaluate(f"lambda rows: [{body} for {values} in rows]", expression.names)
    return write
