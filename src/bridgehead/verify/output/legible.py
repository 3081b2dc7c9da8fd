"""Text of strangers, made safe to show: servers write what they like into what we print."""

from __future__ import annotations

import re

_TREACHEROUS = re.compile(
    # Control characters steer terminals and are not allowed in XML; the others turn the direction of what follows,
    # or are no characters at all.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


def legible(text: str) -> str:
    r"""The text with everything that acts instead of being seen written out: `\x1b`. Keeps tabs and line ends."""
    return _TREACHEROUS.sub(_written_out, text)


def on_one_line(text: str) -> str:
    """The same, with line ends as spaces."""
    return " ".join(legible(text).split())


def _written_out(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
