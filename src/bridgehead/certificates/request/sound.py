"""Whether what is asked for can be a certificate: names, lengths and characters, before any key is made."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from bridgehead.certificates.request.requested import BY_HAND, RequestedName
from bridgehead.names import address_or_none, normalise_host
from bridgehead.problems import Findings, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.certificates.request.requested import RequestedCertificate, Subject

LONGEST_COMMON_NAME = 64
"""RFC 5280, appendix A.1: ub-common-name."""
LONGEST = {"organization": 64, "unit": 64, "locality": 128, "state": 128}
"""RFC 5280, appendix A.1: the upper bounds of these parts, in characters."""
MOST_BYTES_OF_NAMES = 64 * 1024
"""OpenSSL's clients refuse a certificate message above 100 KiB (SSL_CTX_set_max_cert_list), the chain included."""


def made_sound(requested: RequestedCertificate) -> RequestedCertificate:
    """The same request with every name in its one spelling, none twice, and the common name among them, first.

    Names that are not ASCII become A-labels (RFC 5890). Raises ProblemsFound with everything that no authority could
    put into a certificate.
    """
    findings = Findings()
    common_name = _sound_name(requested.subject.common_name, "common name", findings)
    given = [
        # Without --common-name the first name is the subject's as well: what is wrong with it is told once.
        (one, common_name)
        if one.name == requested.subject.common_name
        else (one, _sound_name(one.name, f"name {one.name!r}", findings))
        for one in requested.names
    ]
    _judge_subject(requested.subject, common_name, findings)
    for part in ("friendly_name", "description"):
        _judge_characters(getattr(requested, part), part.replace("_", " "), findings)
    findings.raise_any()
    names = _subject_first(common_name, [replace(one, name=name) for one, name in given])
    _judge_amount(names, findings)
    findings.raise_any()
    return replace(requested, subject=replace(requested.subject, common_name=common_name), names=names)


def warnings(requested: RequestedCertificate) -> list[Problem]:
    """What a sound request asks for that its authority will refuse, or that will not do what was meant."""
    found = []
    if requested.subject.common_name.startswith("*."):
        message = "The subject name is a wildcard, which no role of Lync Server supports as a subject."
        hint = "Take a pool's external FQDN, and keep the wildcard among the names (Wildcard certificate support)."
        found.append(_warning("request.wildcard-subject", "common name", message, hint))
    if not requested.public:
        return found
    bare = [one.name for one in requested.names if "." not in one.name]
    if bare:
        message = f"Public authorities sign no name without a domain: {', '.join(bare)}."
        found.append(_warning("request.internal-name", "names", message, "Baseline Requirements 4.2.2."))
    if requested.subject.unit:
        message = "Public authorities have put no organizational unit into certificates since September 2022."
        found.append(_warning("request.unit", "unit", message, "Leave --unit out (Baseline Requirements 7.1.2.7)."))
    if requested.client_authentication:
        message = "Public authorities are withdrawing client authentication: some refuse this request or leave it out."
        hint = "The proxy does not need it. See `bridgehead plan` for who issues it until when."
        found.append(_warning("request.client-authentication", "extended key usage", message, hint))
    return found


def _sound_name(text: str, where: str, findings: Findings) -> str:
    if not text.strip():
        findings.add("request.name-missing", where, "There is no name.", "Give one: --common-name webext.contoso.com.")
        return ""
    if address_or_none(text.strip()) is not None:
        message = f"{text!r} is an IP address; clients of Lync Server connect to names."
        findings.add("request.address", where, message, "Ask for the DNS name that leads to it.")
        return ""
    wildcard, bare = text.strip().startswith("*."), text.strip().removeprefix("*.")
    try:
        host = normalise_host(bare)
    except ValueError as error:
        hint = "A host name such as meet.contoso.com is expected, without https:// and without a path."
        if "*" in bare:
            hint = "A wildcard is one whole label, the left-most: *.contoso.com (RFC 9525, section 6.3)."
        findings.add("request.name", where, f"{error}.", hint)
        return ""
    if wildcard and "." not in host:
        message = f"{text!r} would stand for every name below {host}."
        findings.add(
            "request.wildcard", where, message, "Ask for a wildcard below a domain of your own: *.contoso.com."
        )
    return f"*.{host}" if wildcard else host


def _judge_subject(subject: Subject, common_name: str, findings: Findings) -> None:
    if len(common_name) > LONGEST_COMMON_NAME:
        message = f"{common_name} has {len(common_name)} characters; a common name has {LONGEST_COMMON_NAME} at most."
        hint = "Take another of the names: --common-name, or subject_pool below [plan] in the file."
        findings.add("request.common-name-long", "common name", message, hint)
    for part, longest in LONGEST.items():
        value = getattr(subject, part)
        if len(value) > longest:
            message = f"This has {len(value)} characters; {longest} at most are allowed (RFC 5280)."
            findings.add("request.subject-long", part, message, "Shorten it.")
    for field in fields(subject):
        _judge_characters(getattr(subject, field.name), field.name.replace("_", " "), findings)
    country = subject.country
    if country and not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        message = f"{country!r} is not a country's code of two capital letters."
        findings.add("request.country", "country", message, "For example US, GB or DE (ISO 3166).")


def _judge_characters(value: str, where: str, findings: Findings) -> None:
    if not value.isprintable():
        findings.add("request.characters", where, "There is a character that cannot be printed.", "Type it anew.")


def _judge_amount(names: tuple[RequestedName, ...], findings: Findings) -> None:
    size = sum(len(one.name) + 2 for one in names)
    if size > MOST_BYTES_OF_NAMES:
        message = f"{len(names)} names take {size} bytes; clients refuse certificates of such a size."
        findings.add("request.too-many-names", "names", message, "Use several listeners, each with its certificate.")


def _subject_first(common_name: str, given: list[RequestedName]) -> tuple[RequestedName, ...]:
    reason = "The subject name must also be among the alternative names: clients look at these alone."
    if not given:
        reason += " No other name is required; a certificate without any is refused by today's software (RFC 9525)."
    planned = [one for one in given if one.name == common_name and one.because != BY_HAND]
    others = [one for one in given if one.name != common_name]
    return _unique([*(planned or [RequestedName(common_name, reason)]), *others])


def _unique(names: Iterable[RequestedName]) -> tuple[RequestedName, ...]:
    """Each name once, in the order of its first place, with every reason that was given for it."""
    reasons: dict[str, list[str]] = {}
    for one in names:
        known = reasons.setdefault(one.name, [])
        if one.because not in known:
            known.append(one.because)
    return tuple(RequestedName(name, " ".join(because)) for name, because in reasons.items())


def _warning(code: str, where: str, message: str, hint: str) -> Problem:
    return Problem(code, where, message, hint, "warning")
