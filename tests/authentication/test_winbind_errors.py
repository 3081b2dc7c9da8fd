from __future__ import annotations

import pytest

from bridgehead.authentication.accounts import Outcome
from bridgehead.authentication.winbind_errors import outcome_of

_WRONG = (
    "When trying to update a password, this return status indicates that the value provided as the current password is "
    "not correct."
)
_LOCKED = (
    "The user account has been automatically locked because too many invalid logon attempts or password change "
    "attempts have been requested."
)


# Sentences are what Samba 4.17 was heard saying, and names what it says where it has none.
@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        (_WRONG, Outcome.WRONG_PASSWORD),
        ("NT_STATUS_WRONG_PASSWORD", Outcome.WRONG_PASSWORD),
        ("NT_STATUS_LOGON_FAILURE", Outcome.WRONG_PASSWORD),
        ("The specified account does not exist.", Outcome.UNKNOWN_USER),
        ("The referenced account is currently disabled and cannot be logged on to.", Outcome.ACCOUNT_DISABLED),
        ("The user account has expired.", Outcome.ACCOUNT_EXPIRED),
        ("The user account password has expired.", Outcome.PASSWORD_EXPIRED),
        ("The user password must be changed before logging on the first time.", Outcome.PASSWORD_EXPIRED),
        (_LOCKED, Outcome.ACCOUNT_LOCKED),
        ("NT_STATUS_INVALID_LOGON_HOURS", Outcome.LOGON_RESTRICTED),
        ("NT_STATUS_NTLM_BLOCKED", Outcome.LOGON_RESTRICTED),
        ("Reading winbind reply failed!", Outcome.UNAVAILABLE),
        ("NT_STATUS_NO_LOGON_SERVERS", Outcome.UNAVAILABLE),
        ("", Outcome.UNAVAILABLE),
    ],
)
def test_winbinds_words_have_one_meaning_each(words: str, outcome: Outcome) -> None:
    assert outcome_of(words) is outcome


def test_what_nobody_has_heard_before_lets_nobody_in_and_blames_nobody() -> None:
    outcome = outcome_of("Something new.")
    assert outcome is not Outcome.ACCEPTED
    assert not outcome.is_guess
