"""From exported files to the text of `bridgehead.toml`, and what there is to say about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.names import normalise_host
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.advice import advice
from bridgehead.topology.file import judge
from bridgehead.topology.importing import get_cs_topology, simple_url_configuration, tbxml
from bridgehead.topology.importing.draft import CHAIN, KEY, TRUST, Draft, ImportedPlaces
from bridgehead.topology.importing.edges import add_edges
from bridgehead.topology.importing.encodings import ExportedText, read_exported_text
from bridgehead.topology.importing.markup import Element, parse_markup
from bridgehead.topology.importing.office_web_apps import add_office_web_apps
from bridgehead.topology.importing.pools import add_pools
from bridgehead.topology.importing.roles import note_roles
from bridgehead.topology.importing.simple_urls import add_simple_urls
from bridgehead.topology.importing.writing import written_file

if TYPE_CHECKING:
    from bridgehead.topology.importing.inventory import Inventory, SimpleUrlEntry
    from bridgehead.topology.model import Topology

_READERS = {tbxml.ROOT: tbxml.read_tbxml, get_cs_topology.ROOT: get_cs_topology.read_get_cs_topology}
_EXPECTED = "Expected is a .tbxml file, or (Get-CsTopology -AsXml).ToString() | Out-File topology.xml"


@dataclass(frozen=True)
class Imported:
    """What an import gives."""

    source: str
    """What was read, for people."""
    topology: Topology
    """What the text says."""
    text: str
    """The file to write."""
    taken: tuple[str, ...]
    """What was taken, one thing a line."""
    not_needed: tuple[str, ...]
    """Roles that have nothing to publish."""
    left: tuple[str, ...]
    """What only the administrator knows."""
    warnings: tuple[Problem, ...]
    """What works and deserves a look, and what was not understood."""


def import_topology(path: str | Path, simple_urls: str | Path | None = None) -> Imported:
    """The topology in an exported file.

    `path` is a `.tbxml` file or the output of `Get-CsTopology -AsXml`; `simple_urls` the output of
    `Get-CsSimpleUrlConfiguration`, which counts before those of the first. Raises ProblemsFound with everything that
    makes the files unusable.
    """
    export = read_exported_text(path)
    beside = read_exported_text(simple_urls) if simple_urls is not None else None
    inventory = _inventory(export)
    given = simple_url_configuration.read_simple_url_configuration(beside) if beside is not None else None
    draft = Draft(export.file)
    _fill(draft, inventory, given, beside)
    draft.faults.raise_any()
    places = ImportedPlaces(export.file, draft.lines, simple_urls_file=beside.file if beside else "")
    topology = judge(draft.data, places)
    source = f"{inventory.kind}, {' and '.join(inventory.products) or 'of an unknown product'}, {export.encoding}"
    return Imported(
        source=source,
        topology=topology,
        text=written_file(topology, draft.comments, f"{Path(export.file).name}: {source}"),
        taken=tuple(draft.taken),
        not_needed=note_roles(draft, inventory),
        left=tuple(draft.left),
        warnings=(*draft.notes, *advice(topology, places)),
    )


def _inventory(export: ExportedText) -> Inventory:
    if not export.text.lstrip().startswith("<"):
        found = "a list of simple URLs" if "ActiveUrl" in export.text else "text that is no XML"
        raise _wrong_kind(export, 1, f"This is {found}; a topology in XML is expected.")
    root = parse_markup(export)
    reader = _READERS.get((root.name, root.namespace))
    if reader is None:
        raise _wrong_kind(export, root.line, _what_it_is(root))
    inventory = reader(root)
    if inventory.missing:
        message = f"The topology is incomplete: it has no {' and no '.join(inventory.missing)}."
        hint = "Save a copy from Topology Builder once more, or run Get-CsTopology -AsXml again."
        raise ProblemsFound([Problem("import.half", f"{export.file}:{root.line}", message, hint)])
    return inventory


def _wrong_kind(export: ExportedText, line: int, message: str) -> ProblemsFound:
    return ProblemsFound([Problem("import.wrong-kind", f"{export.file}:{line}", message, _EXPECTED)])


def _what_it_is(root: Element) -> str:
    if (root.name, root.namespace) == simple_url_configuration.ROOT:
        return "This is what Export-Clixml writes, such as simple URLs: give it as --simple-urls, beside a topology."
    if root.name in {"DocItemSet", "AnchoredXml"}:
        return "This is from Export-CsConfiguration; it has secrets of the deployment in it, and is not read."
    known = {name for name, _ in _READERS}
    if root.name in known:
        return f"The root {root.name} is in the namespace {root.namespace!r}, which is of no known version."
    return f"This is XML with the root {root.name}, not a topology."


def _fill(
    draft: Draft, inventory: Inventory, given: tuple[SimpleUrlEntry, ...] | None, beside: ExportedText | None
) -> None:
    """Add everything to the draft, in the order of the written file."""
    _add_sip_domains(draft, inventory)
    pools = add_pools(draft, inventory)
    if not pools and not draft.faults.problems:
        draft.fault(
            "import.half",
            1,
            "The topology has no pool with web services, so there is nothing to publish.",
            "Is it the topology of the right deployment, and was it exported as a whole?",
        )
    add_office_web_apps(draft, inventory)
    entries = given if given is not None else inventory.simple_urls
    add_simple_urls(draft, inventory, entries, beside.file if beside else draft.file, pools)
    if given is not None and inventory.simple_urls:
        draft.taken.append("Simple URLs from the file beside it, instead of those in the topology")
    add_edges(draft, inventory)
    if inventory.unpublished_changes:
        message = "Topology Builder notes changes in this file that were not published; the servers do not know them."
        draft.note("import.not-published", 1, message, "Publish the topology first, or export what is published.")
    _add_certificate(draft)


def _add_sip_domains(draft: Draft, inventory: Inventory) -> None:
    draft.data["sip_domains"] = [domain.name for domain in inventory.sip_domains]
    for index, domain in enumerate(inventory.sip_domains):
        draft.place(("sip_domains", index), domain.line)
        _tell_conversion(draft, domain.name, domain.line)
    draft.taken.append(f"SIP domains: {', '.join(draft.data['sip_domains'])}")


def _tell_conversion(draft: Draft, name: str, line: int) -> None:
    if name.isascii():
        return
    try:
        written = normalise_host(name)
    except ValueError:
        return  # told when the values are judged
    message = f"{name} is an internationalised name; it is written as {written}, as DNS and certificates have it."
    draft.note("import.converted", line, message, "Make sure that Lync Server has it so, too.")


def _add_certificate(draft: Draft) -> None:
    """Its place in the file: without it the file would be refused, and no export has it."""
    draft.data["certificate"] = {"public": {"chain": CHAIN, "key": KEY}}
    draft.leave(f"The proxy's certificate and key: put them beside the file as {CHAIN} and {KEY}, or change the paths.")
    draft.leave(f"The root certificate of the internal CA, which signed the servers' certificates: {TRUST}.")
