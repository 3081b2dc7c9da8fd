"""The certificates that a name is served with, drawn as they were sent: who vouches for whom, and where it ends."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bridgehead.verify.certificate_facts import facts_of, is_issued_by, is_self_issued, key_of
from bridgehead.verify.output.legible import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bridgehead.certificates.reading.facts import Facts

_WIDTH = 560
_BOX = 520
_LINE = 18
_PADDING = 12
_GAP = 46
_CHARACTERS = 72
_SHOWN = 6
"""More than these is a mistake that the check names; the picture shows where it begins."""
_SHOWN_NAMES = 3


def chain_picture(chain: Sequence[str], began: datetime) -> str:
    """SVG of the certificates (PEM, as sent) as they stood at `began`; nothing for none. Colours come from classes."""
    if not chain:
        return ""
    certificates = [facts_of(pem) for pem in chain[:_SHOWN]]
    shapes: list[str] = []
    y = 2
    for number, certificate in enumerate(certificates):
        y = _box(shapes, y, *_described(certificate, number, began))
        following = certificates[number + 1] if number + 1 < len(certificates) else None
        if number + 1 < len(chain):
            y = _wire(shapes, y, *_link(certificate, following, known=number + 1 < len(certificates)))
    y = _end(shapes, y, certificates, len(chain))
    return (
        f'<svg class="chain" viewBox="0 0 {_WIDTH} {y + 2}" width="{_WIDTH}" role="img">'
        f"<title>{escape(_told(certificates, len(chain)))}</title>{''.join(shapes)}</svg>"
    )


def _described(certificate: Facts | None, number: int, began: datetime) -> tuple[str, list[tuple[str, str]]]:
    """The kind of box, and its lines with the class of each."""
    if certificate is None:
        return "wrong", [("strong", f"{number + 1}. a certificate that cannot be read")]
    role = "served to clients" if number == 0 else "root" if is_self_issued(certificate) else "intermediate"
    lines = [("strong", f"{number + 1}. {certificate.label}"), ("dim", f"{role}; {key_of(certificate)}")]
    if number == 0 and certificate.names:
        count = len(certificate.names)
        names = ", ".join(certificate.names[:_SHOWN_NAMES])
        lines.append(
            ("name", f"for {count} {'name' if count == 1 else 'names'}: {names}{', …' * (count > _SHOWN_NAMES)}")
        )
    told, wrong = _life(certificate, began)
    lines.append(("bad" if wrong else "dim", told))
    return "wrong" if wrong else "leaf" if number == 0 else "signer", lines


def _life(certificate: Facts, began: datetime) -> tuple[str, bool]:
    first, last = certificate.not_before, certificate.not_after
    if first is None or last is None:
        return "its dates cannot be read", True
    if began > last:
        return f"EXPIRED on {last:%Y-%m-%d}", True
    if began < first:
        return f"NOT VALID before {first:%Y-%m-%d}", True
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {(last - began).days} days left", False


def _link(certificate: Facts | None, following: Facts | None, *, known: bool) -> tuple[str, bool]:
    """What joins a certificate to the one sent after it, and whether that is as it should be."""
    if not known:
        return "", True
    if certificate is None or following is None:
        return "cannot be read", False
    if is_issued_by(certificate, following):
        return "issued by", True
    return "NOT issued by the next one", False


def _end(shapes: list[str], y: int, certificates: Sequence[Facts | None], sent: int) -> int:
    """What stands beyond the last one: the rest, or the issuer that a client has to know by itself."""
    if sent > len(certificates):
        return _box(shapes, y, "absent", [("strong", f"and {sent - len(certificates)} more")])
    last = certificates[-1]
    if last is None or is_self_issued(last):
        return y
    y = _wire(shapes, y, "issued by", right=True)
    return _box(shapes, y, "absent", [("strong", _name(last.issuer)), ("dim", "not sent: clients must have it")])


def _box(shapes: list[str], y: int, kind: str, lines: list[tuple[str, str]]) -> int:
    height = 2 * _PADDING + _LINE * len(lines) - 4
    shapes.append(f'<rect class="{kind}" x="2" y="{y}" width="{_BOX}" height="{height}" rx="8"/>')
    for number, (style, text) in enumerate(lines):
        shown = _cut(on_one_line(text))
        at = y + _PADDING + 11 + _LINE * number
        shapes.append(f'<text class="{style}" x="{2 + _PADDING}" y="{at}">{escape(shown)}</text>')
    return y + height


def _wire(shapes: list[str], y: int, words: str, right: bool) -> int:
    kind, middle, end = "wire" if right else "wire broken", 60, y + _GAP
    shapes.append(f'<path class="{kind}" d="M{middle},{y} V{end - 8}"/>')
    head = f"M{middle - 5},{end - 9} L{middle + 5},{end - 9} L{middle},{end - 1} z"
    shapes.append(f'<path class="head{"" if right else " broken"}" d="{head}"/>')
    style = "on-wire" if right else "on-wire bad"
    shapes.append(f'<text class="{style}" x="{middle + 14}" y="{y + _GAP // 2 + 4}">{escape(words)}</text>')
    return end


def _told(certificates: Sequence[Facts | None], sent: int) -> str:
    labels = [one.label if one else "unreadable" for one in certificates]
    return f"{sent} {'certificate' if sent == 1 else 'certificates'} as sent: {', '.join(map(on_one_line, labels))}"


def _name(distinguished: str) -> str:
    """The common name of a subject in RFC 4514's form, else all of it."""
    parts: Iterator[str] = (part for part in distinguished.split(",") if part.strip().upper().startswith("CN="))
    return next(parts, f"x={distinguished}").partition("=")[2]


def _cut(text: str) -> str:
    return text if len(text) <= _CHARACTERS else f"{text[: _CHARACTERS - 1]}…"
