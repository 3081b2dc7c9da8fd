"""What the options of `bridgehead certificate request` change about a request, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal

from bridgehead.certificates.request.requested import (
    Reasons,
    RequestedCertificate,
    RequestedName,
    Subject,
    name_in_store,
)
from bridgehead.certificates.store.layout import check_name
from bridgehead.cli.certificate.planned_request import TYPE_OF_KIND
from bridgehead.planning.certificate_properties import SECURITY_NOTE

if TYPE_CHECKING:
    from bridgehead.certificates.request.requested import KeyType

Issuer = Literal["public", "private"]

ELSEWHERE = (
    "The key is made on another machine than the proxy, so it must be exportable to travel there, as a .pfx file. "
    f"Where it is used on the machine that makes it, say --not-exportable. {SECURITY_NOTE}"
)
EXPORTABLE = f"Asked for with --exportable. {SECURITY_NOTE}"


@dataclass(frozen=True)
class Choices:
    """The options that were given; None, or nothing, where one was not."""

    names: tuple[str, ...] = ()
    subject: Subject = field(default_factory=lambda: Subject(""))
    issuer: Issuer | None = None
    client_authentication: bool | None = None
    suppress_default_extensions: bool = False
    friendly_name: str | None = None
    description: str = ""
    key: KeyType | None = None
    also_ecdsa: bool | None = None
    exportable: bool | None = None
    store_name: str | None = None
    elsewhere: bool = False
    """Whether the key is to be born on another machine, and to travel to the proxy."""

    @property
    def name_something(self) -> bool:
        """Whether there is any name to request without a file."""
        return bool(self.names or self.subject.common_name)


def by_hand(choices: Choices) -> RequestedCertificate:
    """A request without a plan: the first name is the subject's, unless another one is."""
    common_name = choices.subject.common_name or choices.names[0]
    plain = RequestedCertificate(name_in_store(common_name.removeprefix("*.")), Subject(common_name), ())
    return with_choices(plain, choices)


def with_choices(asked: RequestedCertificate, choices: Choices) -> RequestedCertificate:
    """The request with what the options change."""
    if choices.store_name:
        check_name(choices.store_name)
    because = asked.because
    public = asked.public if choices.issuer is None else choices.issuer == "public"
    client, why_client = _client_authentication(asked, choices)
    because = replace(because, extended_key_usage=why_client)
    if choices.subject.common_name:
        because = replace(because, common_name=Reasons().common_name)
    exportable, why_exportable = _exportable(asked, choices)
    because = replace(because, exportable=why_exportable)
    if choices.key is not None:
        because = replace(because, key="Asked for with --key.")
    return replace(
        asked,
        name=choices.store_name or asked.name,
        subject=_subject(asked.subject, choices.subject),
        names=(*asked.names, *map(RequestedName, choices.names)),
        key_types=_key_types(asked, choices),
        client_authentication=client,
        exportable=exportable,
        suppress_default_extensions=choices.suppress_default_extensions,
        friendly_name=asked.friendly_name if choices.friendly_name is None else choices.friendly_name,
        description=choices.description,
        public=public,
        because=because,
    )


def _client_authentication(asked: RequestedCertificate, choices: Choices) -> tuple[bool, str]:
    if choices.client_authentication is True:
        return True, "Asked for with --client-authentication; step 12 adds it to server authentication."
    if choices.client_authentication is False:
        return False, "Client authentication is left out, as asked for with --no-client-authentication."
    if choices.issuer == "private":
        return True, "Step 12 adds client authentication to server authentication; an authority of your own issues it."
    if choices.issuer == "public" and asked.client_authentication:
        return False, "Public authorities are withdrawing client authentication, and the proxy does not need it."
    return asked.client_authentication, asked.because.extended_key_usage


def _exportable(asked: RequestedCertificate, choices: Choices) -> tuple[bool, str]:
    if choices.exportable is not None:
        return choices.exportable, EXPORTABLE if choices.exportable else "Asked for with --not-exportable."
    if choices.elsewhere and not asked.exportable:
        return True, ELSEWHERE
    return asked.exportable, asked.because.exportable


def _key_types(asked: RequestedCertificate, choices: Choices) -> tuple[KeyType, ...]:
    first = choices.key or asked.key_types[0]
    beside = len(asked.key_types) > 1 if choices.also_ecdsa is None else choices.also_ecdsa
    if first.startswith("ecdsa"):
        return (first,) if not beside else ("rsa-2048", first)
    return (first, TYPE_OF_KIND["ecdsa"]) if beside else (first,)


def _subject(planned: Subject, given: Subject) -> Subject:
    return Subject(**{one.name: getattr(given, one.name) or getattr(planned, one.name) for one in fields(Subject)})
