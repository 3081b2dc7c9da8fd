"""The text of the file: every value that the topology was given, and comments above what needs a word."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bridgehead.topology.model import Path, Topology

    Comments = Mapping[Path, Sequence[str]]

WIDTH = 100
"""Lists that would be longer get a line for each item."""

_HEADING = """\
# Made by `bridgehead topology import` from
# {source}
# Read it, fill in what is marked, then run: bridgehead check bridgehead.toml
"""

_DISCOVERY = """\
# Mobile clients may start discovery on port 80, without encryption; to let them, write for a SIP domain:
# {{ name = "{domain}", discovery_over_http = true }}
"""

_LISTENERS = """\
# Without [[listener]] the proxy listens on ports 443 and 80 of every IPv4 address, with every certificate below.
"""

_CERTIFICATE = """\
# To be filled in: no export has the certificate of the proxy. Paths count from the directory of this file.
"""

_TRUST = """\
# To be filled in: `trust` names the root certificate of the internal CA, the same for every pool unless you change it.
# Where servers stand behind a hardware load balancer, write load_balancer = "its address" instead of servers.
"""


def written_file(topology: Topology, comments: Comments, source: str) -> str:
    """The file that says what this topology says. `source` names where it came from, in the first comment."""
    data = topology.model_dump(mode="json", by_alias=True, exclude_unset=True)
    blocks = [
        _HEADING.format(source=_one_line(source)),
        _sip_domains(data),
        *_simple_urls(data.get("simple_urls", {}), comments),
        *([_TRUST] if data.get("pool") else []),
        *_tables("pool", data, comments),
        *_tables("publish", data, comments),
        *_tables("edge", data, comments),
        _LISTENERS,
        *(_CERTIFICATE + _table(f"[certificate.{_key(name)}]", table) for name, table in _certificates(data)),
    ]
    return "\n".join(blocks)


def _sip_domains(data: dict[str, Any]) -> str:
    domains = [_short(domain, "name") for domain in data.get("sip_domains", ())]
    comment = _DISCOVERY.format(domain=data["sip_domains"][0]["name"]) if domains else ""
    return f"{comment}sip_domains = {_value(domains)}\n"


def _simple_urls(urls: dict[str, Any], comments: Comments) -> Iterator[str]:
    if not urls:
        return
    simple = {key: _simple_url(value) for key, value in urls.items() if key in {"dialin", "admin"}}
    rest = {key: value for key, value in urls.items() if key not in {"dialin", "admin", "meet"}}
    comment = _comment(comments.get(("simple_urls",), ()))
    yield comment + _table("[simple_urls]", {**simple, **rest}, comments, ("simple_urls",))
    if urls.get("meet"):
        meet = {domain: _simple_url(url) for domain, url in urls["meet"].items()}
        comment = "# For each SIP domain the active URL; older ones after it stay published.\n"
        yield comment + _table("[simple_urls.meet]", meet, comments, ("simple_urls", "meet"))


def _simple_url(url: dict[str, Any]) -> object:
    if set(url) <= {"active", "older"}:
        return [url["active"], *url["older"]] if url.get("older") else url["active"]
    return {key: value for key, value in url.items() if value != []}


def _tables(section: str, data: dict[str, Any], comments: Comments) -> Iterator[str]:
    """The tables of a list; what is to be filled in stands last in each."""
    for index, table in enumerate(data.get(section, ())):
        path = (section, index)
        short = {key: _with_short_servers(key, table[key]) for key in sorted(table, key="trust".__eq__)}
        yield _comment(comments.get(path, ())) + _table(f"[[{section}]]", short, comments, path)


def _with_short_servers(key: str, value: object) -> object:
    if key == "servers" and isinstance(value, list):
        return [_short(server, "name") for server in value]
    return value[0] if key in {"trust", "host", "paths"} and isinstance(value, list) and len(value) == 1 else value


def _certificates(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pairs in data.get("certificate", {}).items():
        yield from ((name, pair) for pair in pairs)


def _short(value: object, key: str) -> object:
    """A table with one key alone, in its short spelling."""
    return value[key] if isinstance(value, dict) and set(value) == {key} else value


def _table(heading: str, table: dict[str, Any], comments: Comments | None = None, path: Path = ()) -> str:
    lines = [f"{heading}\n"]
    for key, value in table.items():
        lines.append(_comment((comments or {}).get((*path, key), ())))
        lines.append(f"{_key(key)} = {_value(value)}\n")
    return "".join(lines)


def _comment(sentences: Sequence[str]) -> str:
    return "".join(f"# {_one_line(sentence)}\n" for sentence in sentences)


def _one_line(text: str) -> str:
    """Names of sites and files are anything: in a comment, none may end the line."""
    return "".join(character if character.isprintable() else " " for character in text)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: object) -> str:
    if isinstance(value, list):
        items = [_value(item) for item in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= WIDTH else "[\n" + "".join(f"    {item},\n" for item in items) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    # What remains are texts, numbers, true and false, which TOML writes as JSON does.
    return json.dumps(value, ensure_ascii=False)
