"""The account with an authority: a key in the store, and the URL that the authority gave it (RFC 8555, 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acme import errors, messages
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.session import Session
from bridgehead.certificates.keys import key_as_pem, read_key
from bridgehead.certificates.reading.files import read_file
from bridgehead.certificates.store import durable
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

    from bridgehead.certificates.acme.authority import Authority, Clock

_KEY, _ACCOUNT = "key.pem", "account.json"


class Account(BaseModel):
    """What is known about an account besides its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    url: str
    directory: str
    """The authority's directory that it is an account of."""
    email: tuple[str, ...] = ()
    registered_at: AwareDatetime


def known_account(directory: Path, authority: Authority) -> Account | None:
    """The account that was registered with this authority; None where there is none."""
    try:
        account = Account.model_validate_json((directory / _ACCOUNT).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return account if account.directory == authority.directory else None


def forget_account(directory: Path) -> None:
    """The authority does not know it any more. The key stays, and is registered again."""
    durable.remove(directory / _ACCOUNT)


def open_session(authority: Authority, directory: Path, passphrase: bytes | None, clock: Clock) -> Session:
    """A session that signs as the account, which is registered where it is not yet.

    `directory` is the account's in the store; `passphrase` opens and encrypts its key. The key is kept before it is
    registered: whoever is killed in between registers the same key again, and gets the same account (RFC 8555,
    7.3.1). Raises AttemptFailed, or ProblemsFound where the key cannot be read or kept.
    """
    session = Session(authority, _key(directory, passphrase), clock)
    account = known_account(directory, authority)
    if account is None:
        account = _register(session)
        durable.put_file(directory / _ACCOUNT, account.model_dump_json(indent=2).encode())
    elif account.email != authority.email:
        session.use_account(account.url)
        account = _change_email(session, account)
        durable.put_file(directory / _ACCOUNT, account.model_dump_json(indent=2).encode())
    session.use_account(account.url)
    return session


def _key(directory: Path, passphrase: bytes | None) -> ec.EllipticCurvePrivateKey:
    durable.make_directory(directory)
    if not (directory / _KEY).exists():
        # ES256 is the one algorithm that every authority knows (RFC 8555, 6.2).
        durable.put_file(directory / _KEY, key_as_pem(ec.generate_private_key(ec.SECP256R1()), passphrase))
    key = read_key(directory / _KEY, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        message = "The key of this ACME account is not one of P-256."
        hint = "Move its directory away: the next attempt makes another account."
        raise ProblemsFound([Problem("acme.account-key", str(directory / _KEY), message, hint)])
    return key


def _register(session: Session) -> Account:
    authority = session.authority
    meta = session.directory.to_partial_json().get("meta")
    _check_terms(authority, getattr(meta, "terms_of_service", None))
    registration = messages.NewRegistration.from_data(
        contact=_contact(authority),
        terms_of_service_agreed=True if authority.terms_agreed else None,
        external_account_binding=_binding(session),
    )
    with session.failures():
        try:
            url = session.post(session.url_of("newAccount"), registration).headers["Location"]
        except errors.ConflictError as known:
            url = known.location
    return Account(url=url, directory=authority.directory, email=authority.email, registered_at=session.clock.now())


def _change_email(session: Session, account: Account) -> Account:
    with session.failures():
        session.post(account.url, messages.UpdateRegistration(contact=_contact(session.authority)))
    return account.model_copy(update={"email": session.authority.email})


def _contact(authority: Authority) -> tuple[str, ...]:
    return tuple(f"mailto:{address}" for address in authority.email)


def _check_terms(authority: Authority, terms: str | None) -> None:
    if terms and not authority.terms_agreed:
        message = f"{authority.label} asks you to agree to its terms of service: {terms}"
        hint = "Read them; if you agree, write terms_agreed = true in [acme]."
        raise AttemptFailed([Problem("acme.terms", authority.label, message, hint)])


def _binding(session: Session) -> dict[str, object] | None:
    external = session.authority.external_account
    if external is None:
        return None
    key = read_file(external.key_file).strip().decode("ascii", "replace")
    try:
        return messages.ExternalAccountBinding.from_data(
            session.key.public_key(), external.key_id, key, session.directory, external.algorithm
        )
    except ValueError:
        message = "This file does not hold the HMAC key of an external account binding."
        hint = "What is expected is one line of base64url, as the authority's web site shows it."
        raise AttemptFailed([Problem("acme.external-account-key", str(external.key_file), message, hint)]) from None
