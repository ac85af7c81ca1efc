"""Paths as people read them."""

from __future__ import annotations

from pathlib import Path


def short(path: str | Path | None) -> str:
    """A path with ~ for the user's own folder; "" for none."""
    if not path:
        return ""
    path, home = Path(path), Path.home()
    return str(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else str(path)
