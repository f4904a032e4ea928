"""The rows of a statement without a cache key: tuples with names, and the methods of SQLAlchemy's `Result` in use."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from osit_graphql.db.compilation import result_processor, returned_columns

ROW_CLASSES = 1000  # size of the cache: one class per list of column names


class Row(tuple[Any, ...]):
    """A row: a tuple whose columns are attributes too."""

    __slots__ = ()
    names: tuple[str, ...] = ()

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The row's values by column name."""
        return dict(zip(self.names, self, strict=True))


@lru_cache(ROW_CLASSES)
def row_class(names: tuple[str, ...]) -> type[Row]:
    """Return the class of rows with these columns."""
    columns = {name: property(itemgetter(place)) for place, name in enumerate(names)}
    return type("Row", (Row,), {"__slots__": (), **columns, "names": names})


class Result:
    """Rows that were fetched; `rowcount`: how many rows the statement returned, or wrote where it returns none."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """Return every row."""
        return list(self._rows)

    def first(self) -> Any:
        """Return the first row, None when there is none."""
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Any:
        """Return the only row, None when there is none; several are an error."""
        if len(self._rows) > 1:
            raise ValueError(f"one row at most was expected, not {len(self._rows)}")
        return self.first()

    def one(self) -> Any:
        """Return the only row; none and several are an error."""
        if len(self._rows) != 1:
            raise ValueError(f"one row was expected, not {len(self._rows)}")
        return self._rows[0]

    def scalar(self) -> Any:
        """Return the first column of the first row, None when there is none."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the first column of the only row."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        """Return the first column of the only row, None when there is none."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalars(self) -> "Result":
        """Return the first column of each row, in place of the rows."""
        return Result([row[0] for row in self._rows], self.rowcount)

    def mappings(self) -> "Result":
        """Return each row as a dictionary by column name."""
        return Result([row.mapping for row in self._rows], self.rowcount)


def make_rows(statement: Any, records: Sequence[Any]) -> list[Any]:
    """Make rows of asyncpg's records, with enumerations as their members."""
    if not records:
        return []
    columns = returned_columns(statement)
    make = row_class(tuple(name for name, _ in columns) or tuple(records[0].keys()))
    processors = [(place, process) for place, (_, type_) in enumerate(columns) if (process := result_processor(type_))]
    if not processors:
        return [make(record) for record in records]
    rows = []
    for record in records:
        values = list(record)
        for place, process in processors:
            values[place] = process(values[place])
        rows.append(make(values))
    return rows
