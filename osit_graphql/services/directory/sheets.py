"""How one entry of the directory is filled in: each box with its check, and the name of its argument."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, get_type_hints

from osit_graphql.db.models import name_key
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Role
from osit_graphql.domain.user_errors import Path, Required, TooLong
from osit_graphql.services.auth.password_hashing import check_password
from osit_graphql.services.validation import ABSENT, AbsentType, Form, at

Check = Callable[[Form, Any, Path], Any]


@dataclass(frozen=True)
class Box:
    """One box: what reads it, the argument that problems name, and whether a new entry must fill it in."""

    check: Check
    argument: str
    required: bool = False


class Sheet:
    """What is said of an entry; subclasses are frozen dataclasses, each field annotated with its box."""

    def read(self, form: Form, *, new: bool) -> dict[str, Any]:
        """Return what was said, checked and tidied; of a new entry, also that a needed box was left out."""
        said = {}
        for name, hint in get_type_hints(type(self), include_extras=True).items():
            box: Box = hint.__metadata__[0]
            value = getattr(self, name)
            if value is not ABSENT or (new and box.required):
                said[name] = box.check(form, None if value is ABSENT else value, at(box.argument))
        return said


def one_line(text: str) -> str:
    """Return the text with any white space in it as one space."""
    return " ".join(text.split())


def read_line(form: Form, value: str | None, path: Path, *, limit: int, required: bool = False) -> str | None:
    """Read a text of one line; blank is None."""
    return form.text(None if value is None else one_line(value), path, limit=limit, required=required)


def read_name(form: Form, value: str | None, path: Path) -> str | None:
    """Read a name; letters that stand for whole words count as what they unfold to, which is what is indexed."""
    name = read_line(form, value, path, limit=permissions.NAME_LIMIT, required=True)
    if name is not None and len(name) <= permissions.NAME_LIMIT and len(name_key(name)) > 2 * permissions.NAME_LIMIT:
        form.add(TooLong(path, permissions.NAME_LIMIT))
    return name


def read_address(form: Form, value: str | None, path: Path) -> str | None:
    """Read an e-mail address that somebody signs in with."""
    return form.email(value, path)


def read_contact(form: Form, value: str | None, path: Path) -> str | None:
    """Read an e-mail address that may be left out."""
    return form.email(value, path, required=False)


def read_needed(form: Form, value: Any, path: Path) -> Any:
    """Read what may not be empty."""
    if value is None:
        form.add(Required(path))
    return value


def read_optional(form: Form, value: Any, path: Path) -> Any:  # noqa: ARG001 - every check has this shape
    """Read what null clears."""
    return value


def read_amount(form: Form, value: Decimal | None, path: Path) -> Decimal | None:
    """Read an amount of money."""
    return form.money(value, path)


def read_roles(form: Form, value: Collection[Role] | None, path: Path) -> list[str]:
    """Read roles as a set: at least one; one that is said twice counts once."""
    if not value:
        form.add(Required(path))
    return [str(role) for role in Role if role in (value or ())]


def read_password(form: Form, value: str | None, path: Path) -> str | None:
    """Read a new password as it is, white space included; null takes the sign-in away."""
    if value is None:
        return None
    weak = check_password(value, path[-1])
    if weak:
        form.add(weak)
    return value


read_phone = partial(read_line, limit=permissions.PHONE_LIMIT)
read_city = partial(read_line, limit=permissions.NAME_LIMIT)

Name = Annotated[str | AbsentType | None, Box(read_name, "name", required=True)]
Phone = Annotated[str | AbsentType | None, Box(read_phone, "phone")]
Active = Annotated[bool | AbsentType | None, Box(read_needed, "active")]
