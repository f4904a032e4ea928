"""What many parents have: the same page of each one's children, or how many there are, in one statement."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Row, Select, column, func, literal, select, true

from osit_graphql.db.engine import Session
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging, counting

ChildrenOf = Callable[[ColumnElement[int]], Select[Any]]
Cut = Callable[[Select[Any], PageArgs], Select[Any]]


async def pages(
    session: Session, ids: Sequence[int], children: ChildrenOf, paging: Paging, window: PageArgs
) -> dict[int, Page]:
    """Return the same page of the children of many parents, in one statement; `children` selects `labelled()` too."""
    among = literal(list(ids), ARRAY(BigInteger))
    rows = await session.execute(each(among, children, paging, paging.bound, window))
    return grouped(rows.all(), ids, paging, window)


def each(among: Any, children: ChildrenOf, paging: Paging, cut: Cut, window: PageArgs) -> Select[Any]:
    """Return the statement of many parents' pages, which `cut` cuts: `Paging.bound`, or `Paging.framed`."""
    parent = _parents(among)
    child = cut(children(parent.c.id).correlate(parent), window).lateral("child")
    order = paging.order([child.c[f"key_{index}"] for index in range(len(paging.keys))], window)
    return select(parent.c.id.label("parent_id"), child).join_from(parent, child, true()).order_by(*order)


def grouped(rows: Sequence[Row[Any]], ids: Sequence[int], paging: Paging, window: PageArgs) -> dict[int, Page]:
    """Return each parent's page of what `each` found."""
    found: dict[int, list[Row[Any]]] = {key: [] for key in ids}
    for row in rows:
        found[row.parent_id].append(row)
    return {key: paging.slice(children, window) for key, children in found.items()}


async def counts(session: Session, ids: Sequence[int], children: ChildrenOf) -> dict[int, int]:
    """Return how many children each of many parents has, as `count` counts."""
    parent = _parents(literal(list(ids), ARRAY(BigInteger)))
    number = counting(children(parent.c.id).correlate(parent)).scalar_subquery()
    return {row.id: row.number for row in await session.execute(select(parent.c.id, number.label("number")))}


def _parents(among: Any) -> Any:
    return func.unnest(among).table_valued(column("id", BigInteger), name="parent").render_derived()
