"""The certificate flow chart: which questions lead to which certificate, and how this deployment answers them.

The chart of "Certificate summary - Reverse proxy in Lync Server 2013" is a picture; this one is derived from the text
around it and from "Request and configure a certificate for your reverse HTTP proxy".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning import documents
from bridgehead.planning.planned import Because, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.naming import Naming
    from bridgehead.planning.published_names import Kind
    from bridgehead.topology.model import Topology

DERIVED = (
    "Derived from the text of the documents: the picture of the flow chart itself was not at hand, so that its boxes "
    "may be drawn in another order."
)


def flow_chart(naming: Naming) -> Iterator[Step]:
    """The questions in order, each answered for this deployment."""
    names: dict[Kind, tuple[str, ...]] = {}
    for host, some in naming.reasons.items():
        for kind in dict.fromkeys(name.kind for name in some):
            names[kind] = (*names.get(kind, ()), host)
    topology = naming.topology
    yield from _pools(names)
    yield from _simple_urls(topology, names)
    yield from _services(topology, names)
    yield from _request(topology)


def _step(
    question: str, yes: str, no: str, source: str, reason: str, *, answer: bool, names: tuple[str, ...] = ()
) -> Step:
    because = Because(reason=reason, source=source)
    return Step(question=question, answer=answer, yes=yes, no=no, names=names if answer else (), because=because)


def _pools(names: dict[Kind, tuple[str, ...]]) -> Iterator[Step]:
    front_ends = names.get("front-end", ())
    yield _step(
        "Do users sign in from outside?",
        "subject name and SAN: external web services FQDN of the pool",
        "no reverse proxy is needed for pools",
        documents.CERTIFICATE_SUMMARY,
        "Pools that are home to users enabled for remote access are published.",
        answer=bool(front_ends),
        names=front_ends[:1],
    )
    yield _step(
        "More than one front-end pool or Standard Edition server?",
        "SAN: the FQDN of every pool, or a certificate and listener for each",
        "one pool, one FQDN",
        documents.CERTIFICATE_REQUEST,
        "Each external web farm FQDN needs a rule and a certificate with its name.",
        answer=len(front_ends) > 1,
        names=front_ends[1:],
    )
    yield _step(
        "Is a Director deployed?",
        "SAN: external web services FQDN of each Director",
        "nothing to add",
        documents.CERTIFICATE_REQUEST,
        "Optional Director Web Services, if a Director is deployed.",
        answer="director" in names,
        names=names.get("director", ()),
    )


def _simple_urls(topology: Topology, names: dict[Kind, tuple[str, ...]]) -> Iterator[Step]:
    yield _step(
        "Do people join meetings from outside?",
        "SAN: every meeting simple URL, at least one for each SIP domain",
        "no meeting URL",
        documents.CERTIFICATE_REQUEST,
        "All meeting simple URLs must be in the subject alternative name.",
        answer="meet" in names,
        names=names.get("meet", ()),
    )
    yield _step(
        "Is dial-in conferencing used?",
        "SAN: the dial-in simple URL",
        "no dial-in URL",
        documents.CERTIFICATE_SUMMARY,
        "The dial-in page shows access numbers and sets PINs.",
        answer="dialin" in names,
        names=names.get("dialin", ()),
    )
    yield _step(
        "A wildcard for meet and dial-in?",
        "SAN: the wildcard, instead of meet and dial-in",
        "each in full",
        documents.CERTIFICATE_SUMMARY,
        "The optional wildcard replaces both.",
        answer=topology.plan.wildcard,
    )


def _services(topology: Topology, names: dict[Kind, tuple[str, ...]]) -> Iterator[Step]:
    yield _step(
        "Are presentations shared by Office Web Apps?",
        "SAN: each Office Web Apps farm",
        "nothing to add",
        documents.CERTIFICATE_SUMMARY,
        "Office Web Apps for conferencing is published separately.",
        answer="office-web-apps" in names,
        names=names.get("office-web-apps", ()),
    )
    over_tls = tuple(domain.discovery_host for domain in topology.sip_domains if domain.discovery_over_tls)
    published = bool(names.get("discovery"))
    yield _step(
        "Do mobile clients discover the deployment over 443?",
        "SAN: lyncdiscover of each such SIP domain",
        "none: discovery on port 80 alone, or none at all",
        documents.AUTODISCOVER_CERTIFICATES,
        "lyncdiscover is needed in the certificate for https alone.",
        answer=published and bool(over_tls),
        names=over_tls,
    )
    others = (*names.get("exchange", ()), *names.get("site", ()))
    yield _step(
        "Is Exchange, or another site, published beside it?",
        "SAN: Autodiscover and web services of Exchange, and every other name",
        "nothing to add",
        documents.CERTIFICATE_REQUEST,
        "Exchange's Autodiscover and web services need rules of their own.",
        answer=bool(others),
        names=tuple(dict.fromkeys(name for name in others if name != "*")),
    )


def _request(topology: Topology) -> Iterator[Step]:
    choices = topology.plan
    yield _step(
        "Several proxies, or a request made elsewhere?",
        "private key exportable, carried as .pfx with extra care",
        "private key stays on the proxy, not exportable",
        documents.CERTIFICATE_REQUEST,
        "Exportable is generally advised for a farm, and needed where the request is made on another machine.",
        answer=topology.proxy_count > 1 or choices.requested_elsewhere,
    )
    yield _step(
        "One certificate with the Edge Servers?",
        "the Edge's subject, the names of both, exportable; see the warning",
        "a certificate of its own",
        documents.CERTIFICATE_REQUEST,
        "The tip combines both; today it is better not to.",
        answer=choices.combined_with_edge,
    )
    yield _step(
        "Signed by a public authority?",
        "request: several names, server EKU, digital signature and key encipherment, RSA 2048",
        "only your own machines can connect",
        documents.CERTIFICATE_SUMMARY,
        "The certificate must be issued by a public CA and with the server EKU.",
        answer=choices.issuer == "public",
    )
