"""The sentences for what this proxy itself decided about a login: what it means, and what to do."""

from __future__ import annotations

from typing import NamedTuple

from bridgehead.authentication.accounts import Outcome


class Sentence(NamedTuple):
    """For an operator."""

    meaning: str
    advice: str = ""


BY_SHIELD = Sentence(
    "The shield holds logins back: there were too many wrong passwords for this account, or from this address.",
    "`bridgehead shield status` shows why and for how long; `bridgehead shield clear` ends it. A device with an old "
    "password is the usual reason.",
)
BLOCKED = Sentence(
    "The block list of the shield names this account or address.",
    "Look at [shield] in the file; `bridgehead shield status` shows what counts.",
)

REFUSED: dict[str, Sentence] = {
    "login-paused": BY_SHIELD,
    "login-blocked": BLOCKED,
    "authentication-not-published": Sentence(
        "The site asks for a login where the rule allows none.",
        'Publish the path with authentication = "pass-through", or find out why the site asks.',
    ),
    "too-many-bindings": Sentence(
        "So many logins are open that this one was turned away.",
        "Look at `bound` in `bridgehead status`; [limits] bound_connections is what one worker allows.",
    ),
    "shared-client-connection": Sentence(
        "What stands in front of this proxy sends several clients over one connection; their logins cannot be kept "
        "apart.",
        "Let it open one connection for each client (no multiplexing, no connection reuse), or pass TCP through.",
    ),
    "head-too-long": Sentence(
        "The request's head was longer than this proxy takes; a Kerberos token of somebody in very many groups is the "
        "usual reason.",
        "Raise [limits] head_bytes, or take the user out of groups.",
    ),
    "user-not-permitted": Sentence(
        "The login is good, and the rule lets other users or groups in.",
        "Look at the users and groups of the rule.",
    ),
    "pool-unreachable": Sentence("No server of the site could be reached.", "`bridgehead status` and the log say why."),
    "pool-untrusted": Sentence(
        "The site's server could not prove that it is the right one, so no login went there.",
        "The log says why, in the line of the request.",
    ),
    "connect-timeout": Sentence("No server of the site answered in time.", "`bridgehead status` says which one rests."),
    "response-timeout": Sentence(
        "The site took the login and did not answer in time.", "Look at that server's own log."
    ),
}
OWN: dict[str, Sentence] = {
    Outcome.WRONG_PASSWORD.word: Sentence(
        "The password is wrong.",
        "If only one device is refused, an old password is stored there.",
    ),
    Outcome.UNKNOWN_USER.word: Sentence("Nobody has this name.", "Look at the spelling, and at the domain before it."),
    Outcome.ACCOUNT_DISABLED.word: Sentence("The account is disabled.", "Enable it, if it should be used."),
    Outcome.ACCOUNT_LOCKED.word: Sentence(
        "The account is locked in the domain.",
        "Unlock it there, and look for the device with the old password.",
    ),
    Outcome.ACCOUNT_EXPIRED.word: Sentence("The account has expired.", ""),
    Outcome.PASSWORD_EXPIRED.word: Sentence("The password has expired.", "It must be changed inside first."),
    Outcome.LOGON_RESTRICTED.word: Sentence(
        "The account may not log in at this hour, from this workstation, or over the network.",
        "Look at its logon hours and its workstations.",
    ),
    Outcome.NOT_PERMITTED.word: REFUSED["user-not-permitted"],
    Outcome.OTHER_USER.word: Sentence(
        "Another user was logged in on this connection already, so it was closed.",
        "One browser with two users is harmless; otherwise something in front mixes connections of clients.",
    ),
    Outcome.NOT_NTLM_2.word: Sentence(
        "The client answered with NTLMv1, LM or anonymously, which is not accepted.",
        "Set LmCompatibilityLevel on the client to 3 or more.",
    ),
    Outcome.CODE_WRONG.word: Sentence(
        "The messages of this login were changed on their way.",
        "Look for what stands between the client and this proxy.",
    ),
    Outcome.BINDING_ABSENT.word: Sentence(
        "The client did not bind its login to the certificate, and the rule requires that (Extended Protection).",
        'Old or non-Windows clients cannot; channel_binding = "accept" lets them in.',
    ),
    Outcome.BINDING_WRONG.word: Sentence(
        "The client saw another certificate than the one served here: something between opens TLS.",
        "Let that device pass TLS through, or give both the same certificate.",
    ),
    Outcome.MALFORMED.word: Sentence("The token cannot be read.", ""),
    Outcome.OUT_OF_ORDER.word: Sentence(
        "An answer came on a connection that got no challenge: something in front does not keep one connection for "
        "each client.",
        "Let it keep a client's requests on one connection, or pass TCP through.",
    ),
    Outcome.NO_MECHANISM.word: Sentence(
        "The client offers no mechanism that this rule takes.",
        "Kerberos needs a keytab here; NTLM must be allowed on the client.",
    ),
    Outcome.TICKET_REFUSED.word: Sentence(
        "The Kerberos ticket was not for this proxy, too old, or used before.",
        "Compare the keytab with the account that has the SPN (`setspn -Q HTTP/name`), and the clocks.",
    ),
    Outcome.UNAVAILABLE.word: Sentence(
        "The accounts could not be asked.",
        "`wbinfo -p` and `wbinfo -t` say whether winbind works; the log has more.",
    ),
}
