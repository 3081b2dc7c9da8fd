"""What a plan is made of. Frozen, to and from JSON unchanged; each thing says why it is there, and who says so."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bridgehead.spec import ProxySpec


class Planned(BaseModel):
    """A part of a plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Because(Planned):
    """A reason, and the document that gives it."""

    reason: str
    source: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.source})"


class Decision(Planned):
    """One property of something planned: what is chosen, and why."""

    value: str
    because: Because


class Entry(Planned):
    """One subject alternative name of a certificate."""

    name: str
    """A host name, or a wildcard for exactly one label."""
    covers: tuple[str, ...]
    """The published names that it is there for."""
    because: tuple[Because, ...]
    rules: tuple[str, ...] = ()
    """Names of the publishing rules that serve what it covers."""


Purpose = Literal["reverse-proxy", "edge-external", "edge-av", "edge-internal", "combined"]


class PlannedCertificate(Planned):
    """A certificate to request: every field that the request asks for."""

    name: str
    """What the file, or this plan, calls it."""
    title: str
    purpose: Purpose
    bound_to: tuple[str, ...]
    """Listeners of the proxy, or services of the Edge."""
    subject: Decision
    entries: tuple[Entry, ...]
    issuer: Decision
    key: Decision
    key_usage: Decision
    extended_key_usage: Decision
    exportable: Decision
    request: Decision
    lifetime: Decision
    public: bool
    """Whether a public authority is to sign it. This and what follows is what the decisions say, for programs."""
    client_authentication: bool = False
    also_ecdsa: bool = False
    """Whether a second request with the same names is to be made, for an ECDSA key."""
    exportable_key: bool
    friendly_name: str
    remarks: tuple[Because, ...] = ()
    commands: str = ""
    """PowerShell to run on the Edge Servers, where there is some."""

    @property
    def names(self) -> tuple[str, ...]:
        """The subject alternative names; their order does not matter."""
        return tuple(entry.name for entry in self.entries)

    def decisions(self) -> dict[str, Decision]:
        """What was decided besides the names, by its title."""
        return {
            "Subject name": self.subject,
            "Issued by": self.issuer,
            "Key": self.key,
            "Key usage": self.key_usage,
            "Extended key usage": self.extended_key_usage,
            "Private key exportable": self.exportable,
            "Request": self.request,
            "Lifetime": self.lifetime,
        }


class Alternative(Planned):
    """Another correct set of certificates, and what it costs."""

    title: str
    how: str
    """What to write in the file to get it."""
    certificates: tuple[AlternativeCertificate, ...]
    because: Because


class AlternativeCertificate(Planned):
    """A certificate of an alternative: its names alone."""

    title: str
    subject: str
    names: tuple[str, ...]


class Contradiction(Planned):
    """Where the documents contradict one another or the year: both words, where we stand, and why."""

    question: str
    says: tuple[Because, ...]
    stand: str
    why: str


class Record(Planned):
    """A DNS record, or a line of a hosts file."""

    view: Literal["outside", "inside", "proxy", "other-proxy"]
    """Who asks: the internet, the internal network, Bridgehead itself, or a proxy that forwards by published name."""
    zone: str
    name: str
    kind: Literal["A", "AAAA", "CNAME", "SRV", "HOSTS"]
    value: str = ""
    """Empty where the file does not know it; `missing` then says what is."""
    missing: str = ""
    because: Because


class Port(Planned):
    """A row of a firewall table: connections that must pass."""

    at: Literal["proxy-outside", "proxy-inside", "edge-outside", "edge-inside"]
    protocol: Literal["TCP", "UDP"]
    port: str
    """One port, or the first and last of a range: `50000-59999`."""
    source: str
    destination: str
    addresses: tuple[str, ...] = ()
    """IP addresses of the destination, as far as the file knows them."""
    purpose: str
    optional: bool = False
    because: Because


class Unpublished(Planned):
    """Something that the internet does not reach, and who notices."""

    what: str
    who: str
    """Which client or user notices, and what stops working."""
    deliberate: bool
    """Whether it is left out by design; then nothing is to be done."""
    because: Because


class Step(Planned):
    """One question of the certificate flow chart."""

    question: str
    answer: bool
    """How this deployment answers it."""
    yes: str
    no: str
    names: tuple[str, ...] = ()
    """What the answer adds to the certificate."""
    because: Because


class Question(Planned):
    """Something that the plan could not know."""

    about: str
    question: str
    why: str
    answer_in: str
    """Where in the file the answer goes, or who knows it."""


class WorksheetLine(Planned):
    """One line of the data collection worksheet."""

    item: str
    value: str = ""
    """Empty where the file does not know it."""
    why: str = ""


class WorksheetPart(Planned):
    """Lines of the worksheet that belong together."""

    title: str
    lines: tuple[WorksheetLine, ...]


class Worksheet(Planned):
    """The data collection worksheet."""

    parts: tuple[WorksheetPart, ...]


class PlannedLogin(Planned):
    """How clients log in to the proxy before it forwards what some rules publish."""

    rules: tuple[str, ...]
    hosts: tuple[str, ...]
    accounts: str
    who: str
    """Who may enter, for people."""
    challenges: str
    channel_binding: str
    site_sees: str
    because: tuple[Because, ...]


class PrincipalName(Planned):
    """A Kerberos service principal name to register for the account whose keys the keytab has."""

    name: str
    accounts: str
    command: str
    """For an administrator of the domain, on any of its Windows machines."""
    because: Because


class Plan(Planned):
    """Everything that follows from a topology on a given day."""

    version: Literal[1] = 1
    made_for: date
    sip_domains: tuple[str, ...]
    certificates: tuple[PlannedCertificate, ...]
    alternatives: tuple[Alternative, ...]
    contradictions: tuple[Contradiction, ...]
    records: tuple[Record, ...]
    ports: tuple[Port, ...]
    proxy: ProxySpec
    """Exactly what the proxy runs for this file."""
    unpublished: tuple[Unpublished, ...]
    flow_chart: tuple[Step, ...]
    worksheet: Worksheet
    questions: tuple[Question, ...]
    logins: tuple[PlannedLogin, ...] = ()
    principal_names: tuple[PrincipalName, ...] = ()
    deployment: Annotated[tuple[PoolSketch, ...], Field(repr=False)]

    def certificates_for(self, *purposes: Purpose) -> tuple[PlannedCertificate, ...]:
        """The certificates of these purposes."""
        return tuple(one for one in self.certificates if one.purpose in purposes)


class PoolSketch(Planned):
    """A pool as the picture shows it."""

    label: str
    role: Literal["front-end", "director", "office-web-apps", "site", "relay", "edge"]
    names: tuple[str, ...]
    """Published names that lead here."""
    servers: tuple[str, ...]
    ports: tuple[int, ...]
    tls: bool


Alternative.model_rebuild()
Plan.model_rebuild()
