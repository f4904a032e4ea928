"""How long closings took, of the cells: the hours that half of a group's took at most, and nine out of ten.

Exactly between two closings, as `percentile_cont` would say of them one by one. A cell says how many closings took so
long at most, in order, so that any of them is found by halving; where a group is several cells and changes, they are
put together first.
"""

from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Select, and_, cast, column, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import array

SHARES = {"median": 0.5, "p90": 0.9}
HOUR = 60.0  # minutes


def longest(keys: list[str], kept: Any, waiting: Any, counted: Any) -> Any:
    """Return each group's hours as a table; `kept` are its cells, `waiting` its changes, `counted` its sums."""
    pieces = union_all(
        select(*(kept.c[key] for key in keys), kept.c.sign, kept.c.minutes, kept.c.up_to)
        .where(func.cardinality(kept.c.minutes) > 0),
        select(*(waiting.c[key] for key in keys), waiting.c.closed, array([waiting.c.minutes]), array([literal(1)]))
        .where(waiting.c.minutes.is_not(None)),
    ).subquery("piece")  # fmt: skip
    number = func.count().over(partition_by=[pieces.c[key] for key in keys]).label("pieces")
    piece = select(pieces, number).cte("pieces")
    places = _places(keys, counted)
    return union_all(_alone(keys, piece, places), _together(keys, piece, places)).subquery("lasted")


def _places(keys: list[str], counted: Any) -> Any:
    """Return, of each group, between which two of its closings a share is, from 0, and how near the second."""
    columns: list[ColumnElement[Any]] = []
    for name, share in SHARES.items():
        place = (cast(counted.c.closed, Float) - 1.0) * share
        columns += [cast(func.floor(place), Integer).label(f"{name}_below")]
        columns += [cast(func.ceil(place), Integer).label(f"{name}_above")]
        columns += [(place - func.floor(place)).label(f"{name}_over")]
    return select(*(counted.c[key] for key in keys), *columns).where(counted.c.closed > 0).cte("place")


def _of(keys: list[str], some: Any, places: Any) -> Any:
    return some.join(places, and_(true(), *(some.c[key] == places.c[key] for key in keys)))


def _between(below: ColumnElement[Any], above: ColumnElement[Any], over: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return hours, so far from the one towards the other."""
    return (below + (above - below) * over) / literal(HOUR, Float)


def _alone(keys: list[str], piece: Any, places: Any) -> Select[Any]:
    """Look the two closings up where a group is one cell, or one change."""

    def minutes_at(place: ColumnElement[int]) -> ColumnElement[float]:
        return cast(piece.c.minutes[func.width_bucket(place, piece.c.up_to) + 1], Float)

    shares = (
        _between(
            minutes_at(places.c[f"{name}_below"]), minutes_at(places.c[f"{name}_above"]), places.c[f"{name}_over"]
        ).label(name)
        for name in SHARES
    )
    return select(*(piece.c[key] for key in keys), *shares).select_from(_of(keys, piece, places)).where(
        piece.c.pieces == 1
    )  # fmt: skip


def _together(keys: list[str], piece: Any, places: Any) -> Select[Any]:
    """Count up through all the cells and changes of a group."""
    names = ("minutes", "up_to", "before")
    each = (
        func.unnest(piece.c.minutes, piece.c.up_to, literal(0, Integer).concat(piece.c.up_to))
        .table_valued(*(column(name, Integer) for name in names), name="each")
        .render_derived()
    )
    groups = [piece.c[key] for key in keys]
    closings = (piece.c.sign * (each.c.up_to - each.c.before)).label("number")
    apart = select(*groups, each.c.minutes, closings).select_from(piece.join(each, true()))
    closing = apart.where(piece.c.pieces > 1, each.c.minutes.is_not(None)).subquery("closing")
    # The same minutes of several cells are peers of each other: what is up to them is the same, whichever comes first.
    groups = [closing.c[key] for key in keys]
    up_to = func.sum(closing.c.number).over(partition_by=groups, order_by=closing.c.minutes).label("up_to")
    ranked = select(*groups, closing.c.minutes, up_to).subquery("ranked")

    def minutes_at(place: ColumnElement[int]) -> ColumnElement[float]:
        return cast(func.min(ranked.c.minutes).filter(ranked.c.up_to > place), Float)

    groups = [ranked.c[key] for key in keys]
    shares = (
        _between(
            minutes_at(places.c[f"{name}_below"]),
            minutes_at(places.c[f"{name}_above"]),
            func.max(places.c[f"{name}_over"]),
        ).label(name)
        for name in SHARES
    )
    found = select(*groups, *shares).select_from(_of(keys, ranked, places)).group_by(*groups)
    return found.having(func.count() > 0)
