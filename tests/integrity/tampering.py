"""Random edits by a superuser, each rolled back after the audit has looked for it."""

import random
from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

TABLES = {
    "ticket": "id",
    "activity": "id",
    "intervention": "activity_id",
    "seal": "seq",
    "directory_change": "id",
    "directory_seal": "seq",
}
COLUMNS = """
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
# A different value by type; NULL becomes a value.
OTHER = {
    "integer": "coalesce({0}, 0) + 1",
    "smallint": "{0} % 1440 + 1",
    "bigint": "coalesce({0}, 0) + 1",
    "boolean": "NOT {0}",
    "date": "{0} + 1",
    "numeric": "coalesce({0}, 0) + 0.01",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
    "xid8": "(({0}::text::bigint) + 1)::text::xid8",
    "bytea": "CASE WHEN {0} IS NULL THEN '\\x00'::bytea ELSE set_byte({0}, 0, 255 - get_byte({0}, 0)) END",
    "text": "coalesce({0}, '') || '.'",
    "jsonb": "'[1]' || {0}",
}
WORDS = ("OPEN", "CLOSED", "PENDING_DECISION", "MAJOR", "MINOR", "BLOCKING", "EVOLUTION", "URGENT", "LOW", "COMMENT",
         "QUALIFICATION", "APPROVED", "REJECTED", "UPDATED", "CREATED", "DEMO", "IMPORT", "SITE", "CAUSE")  # fmt: skip
AUDIT = text(
    "SELECT difference FROM osit_audit(-2147483648, 2147483647) WHERE difference IS NOT NULL "
    "UNION ALL SELECT difference FROM osit_audit_directory() WHERE difference IS NOT NULL"
)


def find_tampering(connection: Connection) -> list[str]:
    """Return the differences that an audit reports."""
    connection.execute(text("SET LOCAL osit.roles = 'system:audit'"))
    return list(connection.execute(AUDIT).scalars())


class Tamperer:
    """Edits rows without triggers and foreign keys; CHECK and unique constraints still apply."""

    def __init__(self, connection: Connection, chance: random.Random) -> None:
        self.connection = connection
        self.chance = chance
        self.columns = {table: connection.execute(text(COLUMNS), {"table": table}).all() for table in TABLES}

    def edits(self, number: int) -> Iterator[tuple[str, list[str]]]:
        """Yield accepted edits, each with the reported differences; each is rolled back before the next."""
        while number:
            edit = self.chance.choice((self.change, self.change, self.empty, self.remove, self.repeat, self.swap))()
            self.connection.rollback()
            self.connection.execute(text("SET LOCAL session_replication_role = replica"))
            try:
                if not self.connection.execute(text(edit)).rowcount:
                    continue
                differences = find_tampering(self.connection)
            except DBAPIError:
                continue
            finally:
                self.connection.rollback()
            number -= 1
            yield edit, differences

    def _choose_row(self) -> tuple[str, str]:
        table = self.chance.choice(list(TABLES))
        rows = self.connection.execute(text(f"SELECT ctid::text FROM {table} ORDER BY ctid")).scalars().all()
        return table, f"ctid = '{self.chance.choice(rows)}'"

    def change(self) -> str:
        """Write another value."""
        table, row = self._choose_row()
        name, kind = self.chance.choice(self.columns[table])
        value = OTHER[kind].format(name)
        if kind == "text" and self.chance.random() < 0.7:
            value = f"'{self.chance.choice(WORDS)}'"
        return f"UPDATE {table} SET {name} = {value} WHERE {row} AND {name} IS DISTINCT FROM {value}"

    def empty(self) -> str:
        """Set a value to NULL."""
        table, row = self._choose_row()
        name = self.chance.choice(self.columns[table])[0]
        return f"UPDATE {table} SET {name} = NULL WHERE {row} AND {name} IS NOT NULL"

    def remove(self) -> str:
        """Delete a row."""
        return "DELETE FROM {} WHERE {}".format(*self._choose_row())

    def repeat(self) -> str:
        """Copy a row under another key."""
        table, row = self._choose_row()
        names = [name for name, _ in self.columns[table]]
        key = TABLES[table]
        values = [f"{name} + {self.chance.choice([1, 3, 1000])}" if name == key else name for name in names]
        return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table} WHERE {row}"

    def swap(self) -> str:
        """Exchange a value between two rows."""
        table, one = self._choose_row()
        rows = self.connection.execute(text(f"SELECT ctid::text FROM {table} ORDER BY ctid")).scalars().all()
        other = f"ctid = '{self.chance.choice(rows)}'"
        name = self.chance.choice(self.columns[table])[0]
        return f"""UPDATE {table} SET {name} = CASE WHEN {one} THEN (SELECT {name} FROM {table} WHERE {other})
            ELSE (SELECT {name} FROM {table} WHERE {one}) END WHERE ({one} OR {other})
            AND (SELECT {name} FROM {table} WHERE {one}) IS DISTINCT FROM (SELECT {name} FROM {table} WHERE {other})"""
