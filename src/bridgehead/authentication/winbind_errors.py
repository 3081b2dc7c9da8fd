"""What winbind says of a login that failed, as one of our outcomes.

Its helper gives no code but the description of one: for the codes that Windows documents, that of [MS-ERREF] section
2.3.1 as Samba has carried it since 4.6 (2017), and for the others the bare name, `NT_STATUS_...`. So each outcome is
known by the codes' names, and by some words that stand in their descriptions alone.
"""

from __future__ import annotations

from bridgehead.authentication.accounts import Outcome

_SIGNS: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
    # A domain tells its members which of the two was wrong; across a trust it may not.
    (
        Outcome.WRONG_PASSWORD,
        ("nt_status_wrong_password", "current password is not correct", "nt_status_logon_failure", "bad username or"),
    ),
    (
        Outcome.UNKNOWN_USER,
        ("nt_status_no_such_user", "account does not exist", "nt_status_invalid_account_name", "formed account name"),
    ),
    (Outcome.ACCOUNT_DISABLED, ("nt_status_account_disabled", "account is currently disabled")),
    (Outcome.ACCOUNT_LOCKED, ("nt_status_account_locked_out", "automatically locked")),
    (Outcome.ACCOUNT_EXPIRED, ("nt_status_account_expired", "user account has expired")),
    (
        Outcome.PASSWORD_EXPIRED,
        (
            *("nt_status_password_expired", "account password has expired"),
            *("nt_status_password_must_change", "password must be changed"),
        ),
    ),
    (
        Outcome.LOGON_RESTRICTED,
        (
            *("nt_status_account_restriction", "user account restriction"),
            *("nt_status_invalid_logon_hours", "time restrictions"),
            *("nt_status_invalid_workstation", "from the source workstation"),
            *("nt_status_logon_type_not_granted", "nt_status_logon_not_granted", "type of logon"),
            *("nt_status_authentication_firewall_failed", "authentication firewall"),
            *("nt_status_ntlm_blocked", "ntlm was blocked"),
        ),
    ),
)


def outcome_of(words: str) -> Outcome:
    """What an `Authentication-Error` means. What is not known says nothing about the password: UNAVAILABLE."""
    said = words.casefold()
    return next((outcome for outcome, signs in _SIGNS if any(sign in said for sign in signs)), Outcome.UNAVAILABLE)
