"""Knowledge flows one way: from what exists, through the waist, to what serves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.source_tree import PACKAGE, Import, imports_of, modules, part_of

MODULES = modules()
IMPORTS = [found for name, path in MODULES.items() for found in imports_of(name, path, MODULES)]
INTERNAL = [found for found in IMPORTS if found.imported.split(".")[0] == "bridgehead"]

# What each part may know, besides itself. A part that is not here must be added before it can exist.
MAY_IMPORT: dict[str, set[str]] = {
    "problems": set(),
    "names": set(),
    "spec": {"names"},
    "topology": {"names", "problems"},
    "planning": {"topology", "spec", "names", "problems"},
    "certificates": {"spec", "names", "problems"},
    "authentication": {"spec", "names", "problems"},
    "proxy": {"authentication", "spec", "names", "problems"},
    "verify": {"planning", "spec", "certificates", "authentication", "names", "problems"},
    "reports": {"planning", "topology", "spec", "names", "problems"},
    "lab": {"spec", "topology", "certificates", "names", "problems"},
    "cli": {
        "topology",
        "planning",
        "reports",
        "spec",
        "certificates",
        "authentication",
        "proxy",
        "verify",
        "lab",
        "names",
        "problems",
    },
    "__main__": {"cli"},
    # The package itself holds the version, which anybody may ask for.
    "": set(),
}

TELLS_NOTHING = {"utils", "util", "common", "helpers", "helper", "misc", "main", "base"}


def wrong_directions(imports: list[Import]) -> list[str]:
    return [
        str(found)
        for found in imports
        if (imported := part_of(found.imported)) not in {part_of(found.importer), ""}
        and imported not in MAY_IMPORT.get(part_of(found.importer), set())
    ]


def cycles(imports: list[Import]) -> list[list[str]]:
    """Every set of modules that, at run time, wait for one another (Tarjan's strongly connected components)."""
    graph: dict[str, set[str]] = {}
    for found in imports:
        if not found.for_types_only:
            graph.setdefault(found.importer, set()).add(found.imported)
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = low[module] = len(order)
        stack.append(module)
        for imported in sorted(graph.get(module, ())):
            if imported not in order:
                visit(imported)
            if imported in stack:
                low[module] = min(low[module], low[imported])
        if low[module] == order[module]:
            component = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(component) > 1 or module in graph.get(module, ()):
                components.append(component)

    for module in sorted(graph):
        if module not in order:
            visit(module)
    return components


def test_every_part_is_in_the_table_of_directions() -> None:
    assert {part_of(name) for name in MODULES} - set(MAY_IMPORT) == set()


def test_every_import_follows_the_hourglass() -> None:
    assert wrong_directions(INTERNAL) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("bridgehead.planning.rules", "bridgehead.proxy.routing"),
        ("bridgehead.proxy.snapshot", "bridgehead.certificates.store"),
        ("bridgehead.certificates.store", "bridgehead.planning.names"),
        ("bridgehead.proxy.listeners", "bridgehead.lab.deployment"),
        ("bridgehead.proxy.snapshot", "bridgehead.topology.model"),
        ("bridgehead.verify.bridge", "bridgehead.proxy.head"),
        ("bridgehead.topology.model", "bridgehead.cli"),
    ],
)
def test_an_import_against_the_stream_is_noticed(importer: str, imported: str) -> None:
    assert wrong_directions([Import(importer, imported, 1, for_types_only=False)])


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert cycles(INTERNAL) == []


def test_a_circle_is_noticed_and_one_for_types_alone_is_not() -> None:
    there = Import("bridgehead.proxy.client", "bridgehead.proxy.exchange", 1, for_types_only=False)
    back = Import("bridgehead.proxy.exchange", "bridgehead.proxy.client", 1, for_types_only=False)
    back_for_types = Import("bridgehead.proxy.exchange", "bridgehead.proxy.client", 1, for_types_only=True)
    assert cycles([there, back]) == [["bridgehead.proxy.client", "bridgehead.proxy.exchange"]]
    assert cycles([there, back_for_types]) == []


def test_relative_imports_and_imports_inside_functions_are_seen(tmp_path: Path) -> None:
    package = tmp_path / "bridgehead"
    (package / "proxy").mkdir(parents=True)
    for path, text in {
        "__init__.py": "",
        "proxy/__init__.py": "",
        "proxy/head.py": "def judge():\n    from . import body\n    from ..lab import ntlm\n",
        "proxy/body.py": "import typing\nif typing.TYPE_CHECKING:\n    from bridgehead.proxy import head\n",
    }.items():
        (package / path).write_text(text)
    known = modules(package)
    found = [one for name, path in known.items() for one in imports_of(name, path, known)]
    assert {(one.importer, one.imported, one.for_types_only) for one in found} == {
        ("bridgehead.proxy.head", "bridgehead.proxy.body", False),
        ("bridgehead.proxy.head", "bridgehead.lab", False),
        ("bridgehead.proxy.body", "typing", False),
        ("bridgehead.proxy.body", "bridgehead.proxy.head", True),
    }


def test_only_the_lab_and_verification_make_ntlm_tokens() -> None:
    # A proxy that passes NTLM through never looks into it.
    users = {found.importer for found in IMPORTS if found.imported.split(".")[0] == "spnego"}
    assert {name for name in users if part_of(name) != "lab"} == {"bridgehead.verify.observing.ntlm"}


def test_no_pooled_http_client_carries_proxied_traffic() -> None:
    # A pool keyed by host lends the connection that one user authenticated to the next one.
    pooled = {"httpx", "requests", "urllib3", "aiohttp"}
    assert [str(found) for found in IMPORTS if found.imported.split(".")[0] in pooled] == []


def test_every_file_is_named_for_what_it_holds() -> None:
    assert [str(path.relative_to(PACKAGE)) for path in MODULES.values() if path.stem in TELLS_NOTHING] == []


def test_no_source_file_outgrows_one_idea() -> None:
    lengths = {path.relative_to(PACKAGE): len(path.read_text().splitlines()) for path in MODULES.values()}
    assert {str(path): length for path, length in lengths.items() if length > 350} == {}
