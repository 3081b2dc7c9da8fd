"""The waist: what the proxy runs, and nothing else.

A `ProxySpec` is frozen, says nothing about Lync, goes to and from JSON unchanged, and holds references
(paths) where there are secrets. Planning makes it; the data plane reads it and knows no other source.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_HOST_HEADER = r"^[A-Za-z0-9._-]+(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeyPair(_Part):
    """A certificate chain and its private key, by reference."""

    chain: str
    """Path of a PEM file: the leaf first, then its intermediates."""
    key: str
    """Path of a PEM file with the private key."""
    passphrase_file: str | None = None


class Certificate(_Part):
    """A named certificate: one key pair, or an RSA and an ECDSA one side by side."""

    name: str
    pairs: Annotated[tuple[KeyPair, ...], Field(min_length=1)]


class Listener(_Part):
    """An address that accepts connections. Listeners are known by name; several may share an interface."""

    name: str
    host: str
    """An IP address; `0.0.0.0` and `::` stand for every interface."""
    port: Annotated[int, Field(ge=1, le=65535)]
    tls: bool
    certificates: tuple[str, ...] = ()
    """Names of certificates, chosen by SNI. The first serves clients that send no SNI or an unknown one."""
    tls_profile: Literal["intermediate", "lync-era"] = "intermediate"


class Server(_Part):
    """One member of a pool."""

    host: str
    """Where to connect: a name, resolved when needed, or an IP address."""
    port: Annotated[int, Field(ge=1, le=65535)]
    server_name: str | None = None
    """The name sent as SNI; None sends `verify_name`, or `host` where that is a name."""
    verify_name: str | None = None
    """The name or address the server's certificate must carry; None expects `host`."""


class Pool(_Part):
    """Servers that answer alike. One name has one transport: the same machines on 4443 and 8080 are two pools."""

    name: str
    servers: Annotated[tuple[Server, ...], Field(min_length=1)]
    tls: bool
    trust: tuple[str, ...] = ()
    """Paths of PEM files with the roots that may have signed the servers' certificates; none: the system's."""
    verify: bool = True
    tls_profile: Literal["modern", "windows-2012", "windows-2008"] = "modern"
    """`windows-2012` adds what Windows Server 2012 R2 may need at TLS 1.2; `windows-2008` also allows TLS 1.0."""
    connect_seconds: float = 5.0
    response_seconds: float = 1830.0
    """Longest wait for a response head. UCWA event polls are held up to 1,800 s."""
    idle_seconds: float = 50.0
    """How long an unbound idle connection is kept: less than IIS's 120 s, so that we close first."""


class Accounts(_Part):
    """A source of accounts for logins that end at the proxy, and the names it gives of itself in NTLM."""

    name: str
    source: Literal["file", "winbind"]
    file: str | None = None
    """Path of the accounts file, where that is the source."""
    domain: str
    """NetBIOS name of the domain: MsvAvNbDomainName (MS-NLMP 2.2.2.1), and the domain of users who name none."""
    dns_domain: str = ""
    computer: str
    """NetBIOS name of this computer: MsvAvNbComputerName."""
    dns_computer: str = ""
    keytab: str | None = None
    """Path of a keytab with the keys of `HTTP/<published name>`; without one Kerberos is not accepted."""
    helpers: Annotated[int, Field(ge=1, le=64)] = 4
    """Helper processes of each worker that ask winbind."""
    helper_seconds: float = 10.0
    """Longest wait for winbind."""
    ntlm_auth: str = "ntlm_auth"
    """Samba's helper program."""
    wbinfo: str = "wbinfo"
    """Samba's program for groups and security identifiers."""


class Login(_Part):
    """How the proxy itself asks for a login before it forwards anything."""

    accounts: str
    """Name of the source."""
    schemes: Annotated[tuple[Literal["Negotiate", "NTLM"], ...], Field(min_length=1)] = ("Negotiate", "NTLM")
    """In the order in which clients see them, each on a line of its own."""
    channel_binding: Literal["off", "accept", "require"] = "accept"
    """Extended Protection: `accept` refuses a wrong binding, `require` also an absent or all-zero one."""
    users: tuple[str, ...] = ()
    """Who may enter; everybody with an account where neither users nor groups are named."""
    groups: tuple[str, ...] = ()
    """Names or security identifiers (`S-1-5-21-...`) of groups whose members may enter, through other groups too."""
    site_sees: Literal["nothing", "header", "own-login"] = "nothing"
    """`header`: the user's name, in `header`. `own-login`: the site may ask for a login of its own after ours."""
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = "X-Forwarded-User"
    """What clients send under this name is removed."""


class Forward(_Part):
    """Pass requests on to a pool."""

    kind: Literal["forward"] = "forward"
    pool: str
    authentication: Literal["pass-through", "none", "ntlm"] = "pass-through"
    """`none`: the client cannot authenticate to the site. `ntlm`: it logs in to the proxy first, as `login` says."""
    login: Login | None = None
    """There with `ntlm`, and only there."""
    shield: bool = True
    """Whether failed logins to the site count for the shield, and whether it refuses logins here."""
    host_header: Annotated[str, Field(pattern=_HOST_HEADER)] | None = None
    """None passes Host as it came."""
    forwarded_fields: Literal["replace", "remove"] = "replace"
    """Whether X-Forwarded-For, -Proto and -Host are set. What the client sent is removed either way."""
    body_bytes: int | None = None
    """Longest request body, None for no limit."""


class RedirectToTls(_Part):
    """Answer a plain-text request with a redirection to https on the same host and target."""

    kind: Literal["redirect-to-tls"] = "redirect-to-tls"
    port: Annotated[int, Field(ge=1, le=65535)] = 443


class Refuse(_Part):
    """Answer 403 and do not forward."""

    kind: Literal["refuse"] = "refuse"
    reason: str
    """For the log and the page: why this is not published."""


class Relay(_Part):
    """Pass the TLS connection on undecrypted, chosen by the SNI of its ClientHello alone."""

    kind: Literal["relay"] = "relay"
    pool: str
    """Its `tls` is false: nothing is decrypted or encrypted here."""


Action = Annotated[Forward | RedirectToTls | Refuse | Relay, Field(discriminator="kind")]


class Rule(_Part):
    """A publishing rule: which requests, and what happens to them."""

    name: str
    listeners: Annotated[tuple[str, ...], Field(min_length=1)]
    hosts: Annotated[tuple[str, ...], Field(min_length=1)]
    """Normalised host names; `*` is every host that no other rule on the listener names."""
    path: str = "/*"
    """`/*`, a directory `/ucwa/*` (which includes `/ucwa` itself), or one exact path. Case is ignored, as IIS does."""
    action: Action
    because: str = ""
    """Why the rule exists: shown in plans, logs and refusals."""


class Limits(_Part):
    """Every bound on what one client may cost. Each has its own status and counter."""

    head_bytes: int = 65536
    """A Kerberos token with many groups takes up to 48 KiB, in Base64 64 KiB less a little. 431."""
    header_fields: int = 200
    """431."""
    target_bytes: int = 16384
    """IIS takes 16 KiB of request line by default. 414."""
    connections_per_listener: int = 16000
    connections_per_address: int = 2000
    """Offices and mobile operators put thousands of users behind one address."""
    bound_connections: int = 8000
    """Logins open at once in each worker. More are refused with 503; none that exists is ever evicted."""
    handshake_seconds: float = 10.0
    head_seconds: float = 10.0
    """From the first byte of a head to its last. 408."""
    body_silence_seconds: float = 120.0
    """Longest pause in a body, either way, while the other end is waiting for it."""
    idle_seconds: float = 120.0
    """Keep-alive of a client connection that owns no upstream connection."""
    bound_idle_seconds: float = 1860.0
    """The same for one that does: longer than any long poll, so that no login is lost (mobile clients: 960 s)."""
    half_closed_seconds: float = 60.0
    """How long a client that has finished sending may wait for its answer."""
    drain_seconds: float = 1830.0
    """How long a stopping proxy lets exchanges in hand finish."""


class Shield(_Part):
    """Protection of the accounts inside against guessing through the published names.

    The soft lock-out comes before the domain's own: a guesser outside must not lock a user out inside.
    """

    enabled: bool = True
    lockout_threshold: Annotated[int, Field(ge=2, le=999)] = 5
    """The domain's own account lock-out threshold. Fewer failures than that come through for one account."""
    lockout_window_seconds: float = 1800.0
    """The domain's own observation window: its count falls to nothing only after so long without a failure."""
    pause_seconds: float = 60.0
    """The first pause of a pair of account and address; it doubles with each one that follows."""
    longest_pause_seconds: float = 3600.0
    source_failures: Annotated[int, Field(ge=1)] = 50
    """Failures from one address within the window. Offices put thousands of users behind one."""
    sprayed_accounts: Annotated[int, Field(ge=2, le=32)] = 10
    """So many different accounts failing from one address within the window are spraying."""
    allowed_sources: tuple[str, ...] = ()
    """Networks (CIDR) that are never counted, such as a monitoring station's."""
    blocked_sources: tuple[str, ...] = ()
    """Networks (CIDR) from which nobody may log in."""
    excluded_accounts: tuple[str, ...] = ()
    """Accounts that are never counted."""
    blocked_accounts: tuple[str, ...] = ()
    """Accounts that may not log in from outside, such as Administrator."""


class ProxySpec(_Part):
    """All that the data plane needs to know."""

    version: Literal[1] = 1
    listeners: Annotated[tuple[Listener, ...], Field(min_length=1)]
    certificates: tuple[Certificate, ...] = ()
    pools: tuple[Pool, ...] = ()
    rules: tuple[Rule, ...] = ()
    accounts: tuple[Accounts, ...] = ()
    shield: Shield = Shield()
    limits: Limits = Limits()
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    """Number of worker processes; 0 is one for each processor."""
    access_log: str = "-"
    """Path of the access log, `-` for standard output, an empty string for none."""
