"""Tests of the demo company: its content, its permissions, and that it is the same every time."""
