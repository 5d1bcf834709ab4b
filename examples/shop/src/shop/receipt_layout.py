"""Lines of text in a fixed width."""

from __future__ import annotations

_MIN_LEFT_WIDTH = 2


def two_columns(left: str, right: str, width: int) -> str:
    """Return a line of exactly that width with one text at each end.

    At least one space stands between them; a left text that is too long is cut and ends
    in `…`. Raises `ValueError` if the right text leaves fewer than two characters for
    the left one, however short that is."""
    left_width = width - len(right) - 1
    if left_width < _MIN_LEFT_WIDTH:
        raise ValueError(f"width {width} is too small")
    if len(left) > left_width:
        left = left[: left_width - 1] + "…"
    return f"{left.ljust(left_width)} {right}"


def centred(text: str, width: int) -> str:
    """Return the text with spaces before it, and none after it, to stand in the middle.

    A text as long as the width or longer is returned as it is."""
    return " " * ((width - len(text)) // 2) + text


def rule(width: int, mark: str = "-") -> str:
    """Return the mark, which is one character, repeated to the width."""
    return mark * width
