"""When the certificate that is there is to be renewed: decided once for each certificate, and remembered.

A moment that were chosen anew at each look would come the earlier the more often one looks.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.renewal_information import Suggestion, suggestion
from bridgehead.certificates.acme.schedule import LATEST, LONGEST_BEFORE_ASKING, Due, ask_again, by_lifetime, in_window
from bridgehead.certificates.acme.session import Session
from bridgehead.certificates.acme.state import RenewalState

if TYPE_CHECKING:
    from cryptography import x509

    from bridgehead.certificates.acme.authority import Authority, Clock


def decide(leaf: x509.Certificate, known: RenewalState, issuer: Authority | None, clock: Clock) -> RenewalState:
    """When this certificate is due, as the authority suggests or by its life; what was decided already stays.

    `issuer` is asked for renewal information when it is time to; nobody is asked where it is None. An authority that
    does not answer changes nothing.
    """
    serial = f"{leaf.serial_number:x}"
    if known.serial != serial:
        due = by_lifetime(leaf.not_valid_before_utc, leaf.not_valid_after_utc, clock.fraction())
        known = known.model_copy(
            update={"serial": serial, "renew_at": due.at, "because": due.because, "window": None, "ask_again": None}
        )
    now = clock.now()
    # RFC 9773, 4.3: nobody asks about a certificate that has expired.
    # What was noted by a clock that was wrong is not waited for.
    asked_lately = known.ask_again is not None and now < known.ask_again <= now + LONGEST_BEFORE_ASKING
    if issuer is None or asked_lately or leaf.not_valid_after_utc <= now:
        return known
    try:
        told = suggestion(Session(issuer, None, clock), leaf)
    except AttemptFailed as failed:
        return known.model_copy(update={"ask_again": ask_again(now, failed.retry_after)})
    return _with(known, told, leaf, clock)


def _with(known: RenewalState, told: Suggestion | None, leaf: x509.Certificate, clock: Clock) -> RenewalState:
    again = ask_again(clock.now(), told.retry_after if told is not None else None)
    if told is not None and told.end >= leaf.not_valid_after_utc:
        told = None  # whoever wants it replaced when it is over has made a mistake
    window = (told.start, told.end) if told is not None else None
    if window == known.window:
        return known.model_copy(update={"ask_again": again})
    if told is None:
        due = by_lifetime(leaf.not_valid_before_utc, leaf.not_valid_after_utc, clock.fraction())
    else:
        due = in_window(told.start, told.end, clock.fraction())
    return known.model_copy(update={"window": window, "renew_at": due.at, "because": due.because, "ask_again": again})


def due_of(state: RenewalState, leaf: x509.Certificate) -> Due:
    """What was decided; the last tenth of the life is kept for what fails, whatever was said."""
    ends: datetime = leaf.not_valid_after_utc
    latest = leaf.not_valid_before_utc + (ends - leaf.not_valid_before_utc) * LATEST
    if state.renew_at is None or state.renew_at > latest:
        return Due(latest, "it expires soon")
    return Due(state.renew_at, state.because)
