"""The demo company: as promised, within the law, and the same every time."""
