"""The demo company's texts and figures: TOML files, in French, and the function that reads one."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

Table = dict[str, Any]


def read_texts(name: str) -> Table:
    """Return the content of `<name>.toml`, with exact decimals."""
    content = (Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(content, parse_float=Decimal)
