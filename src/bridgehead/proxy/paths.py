"""The ways in which servers behind a proxy may read one path.

A path is forwarded as it came. Which rule it belongs to must not depend on who decodes it, so every reading
that IIS or its file system is known to apply is made here, and `routing.py` refuses where they disagree.
"""

from __future__ import annotations

import re
import unicodedata

_UNUSUAL = re.compile(rb"[%\\;(\x80-\xff]|//|/\.|\.(?=/|$)|~[0-9]|:")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
# http.sys decodes %uXXXX as one UTF-16 unit (registry value PercentUAllowed, on by default).
_UNICODE_ESCAPE = re.compile(r"%[uU]([0-9A-Fa-f]{4})")

# ASP.NET without cookies puts the session into a segment that it takes out again: /(S(lit3py55t21z5v55vlm25s55))/
_COOKIELESS = re.compile(r"\((?:[A-Za-z]\([^()]*\))+\)")


def path_of(target: bytes) -> bytes:
    """The path of a request target in origin form."""
    return target.partition(b"?")[0]


def is_plain(path: bytes) -> bool:
    """Whether every server reads this path alike."""
    return _UNUSUAL.search(path) is None


def readings(path: bytes) -> set[str]:
    """Every reading of a path that is not plain: decoded once and twice, and each of them as a file system sees it."""
    raw = path.decode("latin-1")
    once = _decode(raw)
    twice = _decode(once)
    return {reading for text in (raw, once, twice) for reading in (text.lower(), _resolve(text))}


def _decode(text: str) -> str:
    text = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    octets = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    try:
        return octets.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return octets


def _resolve(text: str) -> str:
    """The path as Windows resolves it: back-slashes, doubled slashes, dot segments, parameters, trailing dots."""
    # NFKC stands for the best-fit mapping that turns full-width letters into plain ones.
    text = unicodedata.normalize("NFKC", text).replace("\\", "/").partition("\x00")[0]
    resolved: list[str] = []
    for segment in text.split("/"):
        name = segment.partition(";")[0].partition("::$")[0]
        if _COOKIELESS.fullmatch(name):
            continue
        if name == "..":
            del resolved[-1:]
        elif name.rstrip(". "):
            resolved.append(name.rstrip(". "))
    trailing = "/" if text.endswith("/") and resolved else ""
    return ("/" + "/".join(resolved) + trailing).lower()
