"""TLS and the certificate."""

from __future__ import annotations

import ssl

from bridgehead.lab.faults import papers
from bridgehead.lab.faults.fault import Fault

FAULTS = (
    Fault("certificate-lacks-a-name", "The certificate lacks the meeting host.", tls=papers.without_name("meet")),
    Fault("certificate-expired", "The certificate expired yesterday.", tls=papers.expired),
    Fault("certificate-not-yet-valid", "The certificate is valid from tomorrow on.", tls=papers.not_yet_valid),
    Fault("chain-incomplete", "The intermediate certificates are not sent.", tls=papers.incomplete_chain),
    Fault(
        "chain-out-of-order",
        "The intermediate certificates are sent in the wrong order.",
        tls=papers.chain_out_of_order,
    ),
    Fault("chain-too-long", "A certificate of another authority is sent as well.", tls=papers.chain_with_a_stranger),
    Fault("certificate-self-signed", "The certificate is signed by itself.", tls=papers.self_signed),
    Fault("certificate-private", "The certificate is a private authority's.", tls=papers.private_authority),
    Fault(
        "certificate-for-clients", "The certificate is for client authentication alone.", tls=papers.for_clients_alone
    ),
    Fault("certificate-without-sni", "Who sends no SNI gets another site's certificate.", tls=papers.other_without_sni),
    Fault(
        "certificate-on-one-address",
        "The name has two addresses, and one of them still has the former certificate.",
        second=papers.renewed,
        records_here=lambda records: {name: [("A", "127.0.0.1"), ("A", "127.0.0.2")] for name in records},
    ),
    Fault("certificate-ecdsa-alone", "There is no RSA certificate.", tls=papers.ecdsa_alone),
    Fault(
        "certificate-differs-inside",
        "The front serves another certificate than Exchange, which demands Extended Protection.",
        tls_of_exchange=papers.renewed,
    ),
    Fault(
        "tls-1.0-alone",
        "The listener speaks TLS 1.0 and nothing newer.",
        tls=papers.versions(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1),
    ),
    Fault(
        "tls-1.3-alone",
        "The listener speaks TLS 1.3 and nothing older.",
        tls=papers.versions(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
    ),
    Fault(
        "tls-1.0-allowed",
        "The listener speaks TLS 1.0 and 1.1 as well.",
        tls=papers.versions(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3),
    ),
    Fault("http2-offered", "The listener offers HTTP/2 where people log in by NTLM.", tls=papers.http2),
)
