"""Tables in pages of the documentation, between marks that their scripts find again."""

from __future__ import annotations

from pathlib import Path


def put_between(page: Path, begin: str, end: str, table: str) -> None:
    """Replace the lines between two marks of a page. ValueError if it does not have each of them once, in this order."""
    text = page.read_text("utf-8")
    before, *rest = text.split(begin)
    parts = rest[0].split(end) if len(rest) == 1 else []
    if len(parts) != 2:
        raise ValueError(f"{page}: {begin} and {end} are expected, each once and in this order")
    page.write_text(f"{before}{begin}\n{table.rstrip()}\n{end}{parts[1]}", "utf-8")
