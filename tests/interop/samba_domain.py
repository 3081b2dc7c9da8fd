"""A throw-away Active Directory domain: Samba's domain controller, and a member with winbind, as a gateway would be.

Both live in a network namespace of their own (they want ports 53, 88, 389 and 445), with their own `/run/samba`. Only
Samba's and Kerberos' programs have to be inside: they are reached through `ntlm_auth`, `wbinfo` and `inside`. What asks
winbind does it over Unix sockets, so proxies, sites and clients stay where the tests are. Needs root.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

import pytest

from tests.interop import debian

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DOMAIN = "CONTOSO"
REALM = "CONTOSO.TEST"
SUFFIX = "contoso.com"
"""Of user principal names that are not the realm's: what people know as their e-mail address."""
THRESHOLD = 5
PASSWORD = "Correct-horse-1"
_ADMINISTRATOR = "Only-for-minutes-1"
_ADDRESS = "10.53.0.1"
_PATIENCE_SECONDS = 60.0
_THIRTY_MINUTES = str(-30 * 60 * 10**7)
_ACCOUNT_DISABLED = str(0x200 | 0x2)

_UNSHARE = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")

# Held open by the test's pipe: when the test ends, however it ends, `cat` does too, and as the first process of its
# namespace it takes every other along.
_KEEPER = """
set -e
mkdir -p /run/samba
mount -t tmpfs tmpfs /run/samba
ip link set lo up
ip address add {address}/32 dev lo
mount --bind {directory}/hosts /etc/hosts
mount --bind {directory}/resolv.conf /etc/resolv.conf
echo ready
exec cat
"""

_CONTROLLER = """
set -e
mount -t tmpfs tmpfs /run/samba
exec samba --foreground --no-process-group --debug-stdout --configfile={directory}/etc/smb.conf
"""

_MEMBER = """
[global]
    workgroup = {domain}
    realm = {realm}
    security = ads
    netbios name = GATEWAY
    lock directory = {directory}/member
    state directory = {directory}/member
    cache directory = {directory}/member
    private dir = {directory}/member
    pid directory = {directory}/member
    log file = {directory}/member/log
    idmap config * : backend = tdb
    idmap config * : range = 100000-199999
"""

_KERBEROS = """
[libdefaults]
    default_realm = {realm}
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    {realm} = {{
        kdc = {address}
    }}
[domain_realm]
    .contoso.localhost = {realm}
    .contoso.com = {realm}
"""


@dataclass(frozen=True)
class DomainUser:
    """An account. Attributes are Active Directory's."""

    name: str
    password: str = PASSWORD
    attributes: Mapping[str, str] = field(default_factory=dict)


USERS = (
    DomainUser("alice", attributes={"userPrincipalName": "alice@contoso.com"}),
    DomainUser("bob"),
    DomainUser("zoë"),
    DomainUser("disabled", attributes={"userAccountControl": _ACCOUNT_DISABLED}),
    DomainUser("expired-password", attributes={"pwdLastSet": "116444736000000000"}),
    DomainUser("must-change", attributes={"pwdLastSet": "0"}),
    DomainUser("expired-account", attributes={"accountExpires": "116444736000000000"}),
    DomainUser("locked"),
    DomainUser("carol", attributes={"userPrincipalName": "impostor@contoso.test"}),
    *(DomainUser(f"user{number:02d}") for number in range(1, 11)),
)
GROUPS = {
    "Meeting Organisers": ["alice", "carol"],
    "Lync Users": ["Meeting Organisers", "zoë"],
    "Büro": ["Lync Users"],
    "Administration": ["bob"],
}


class SambaDomain:
    """Runs while its `with` block lasts. `services` are the host names whose HTTP keys the keytab holds."""

    def __init__(self, services: Sequence[str], users: Sequence[DomainUser] = USERS) -> None:
        self._services = services
        self._users = users
        self._stack = ExitStack()
        self._winbind: subprocess.Popen[bytes] | None = None
        self._everything: IO[bytes] = BytesIO()

    def __enter__(self) -> Self:
        _require_packages()
        _require_namespaces()
        self.directory = self._stack.enter_context(debian.readable_directory())
        try:
            self._provision()
            self._keeper = self._keep_namespaces()
            self._start_controller()
            self._join()
            self.start_winbind()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._everything.close()
        self._stack.close()

    @property
    def ntlm_auth(self) -> str:
        """Samba's helper, as a program that can be run from anywhere."""
        return str(self.directory / "ntlm_auth")

    @property
    def wbinfo(self) -> str:
        """As above."""
        return str(self.directory / "wbinfo")

    @property
    def keytab(self) -> Path:
        """The keys of `HTTP/<service>` for each service."""
        return self.directory / "http.keytab"

    @property
    def kerberos(self) -> dict[str, str]:
        """The environment in which programs outside know the realm."""
        return {"KRB5_CONFIG": str(self.directory / "krb5.conf")}

    def inside(self, *command: str) -> list[str]:
        """A command, as it must be called to run where winbind and the controller are."""
        return ["nsenter", "--target", str(self._keeper), "--net", "--mount", "--pid", "--", *command]

    def tickets(self, user: str, name: str) -> dict[str, str]:
        """Log in by Kerberos, and take along tickets for every service: the environment of a client that has them."""
        environment = {**self.kerberos, "KRB5CCNAME": f"FILE:{self.directory}/tickets.{name}"}
        self._run(self.inside("kinit", user), environment, PASSWORD)
        self._run(self.inside("kvno", *(f"HTTP/{service}" for service in self._services)), environment)
        return environment

    def add_users(self, names: Sequence[str]) -> None:
        """Make more users while the domain runs, with passwords that nobody knows."""
        self._database("add", told=names)

    def put_into(self, group: str, name: str) -> None:
        """Make an account a member of a group."""
        self._database("put-into", group, told=[name])

    def take_out_of(self, group: str, name: str) -> None:
        """End its membership."""
        self._database("take-out-of", group, told=[name])

    def bad_password_counts(self) -> dict[str, int]:
        """What the domain controller has counted against each account."""
        return {name: each["bad"] for name, each in self._counts().items()}

    def is_locked(self, name: str) -> bool:
        """Whether the controller has locked an account for too many wrong passwords."""
        return self._counts()[name]["locked"] != 0

    def forgive(self, name: str) -> None:
        """Unlock an account, and set its count to nothing."""
        self._database("change", name, told={"lockoutTime": "0", "badPwdCount": "0"})

    def stop_winbind(self) -> None:
        """From now on nobody answers."""
        assert self._winbind is not None
        self._run(self.inside("smbcontrol", f"--configfile={self._member}", "winbindd", "shutdown"))
        self._winbind.wait(_PATIENCE_SECONDS)

    def start_winbind(self) -> None:
        """Run winbind, until it can ask the controller."""
        command = ["winbindd", "--foreground", "--no-process-group", "--debug-stdout"]
        self._winbind = self._start("winbindd", self.inside(*command, f"--configfile={self._member}"))
        self._wait_for("wbinfo", "--ping-dc", log="winbindd")

    @property
    def _member(self) -> Path:
        return self.directory / "member" / "smb.conf"

    def _provision(self) -> None:
        directory = self.directory
        self._run(
            [
                *("unshare", "--net", "samba-tool", "domain", "provision", f"--targetdir={directory}"),
                *(f"--realm={REALM}", f"--domain={DOMAIN}", f"--adminpass={_ADMINISTRATOR}", "--server-role=dc"),
                *("--host-name=dc1", f"--host-ip={_ADDRESS}", "--dns-backend=SAMBA_INTERNAL"),
                *(f"--option=interfaces={_ADDRESS}/32", "--option=bind interfaces only=yes"),
                # The member has a winbind of its own; the file server asks this one.
                "--option=server services=s3fs, rpc, ldap, cldap, kdc, dns, winbindd",
                *("--option=dns forwarder=", "--option=ldb:nosync=true", "--option=pid directory=/run/samba"),
            ]
        )
        self._fill_directory()
        names = f"127.0.0.1 localhost\n{_ADDRESS} dc1.{REALM.lower()} dc1\n"
        (directory / "hosts").write_text(names)
        (directory / "resolv.conf").write_text(f"nameserver {_ADDRESS}\nsearch {REALM.lower()}\n")
        (directory / "krb5.conf").write_text(_KERBEROS.format(realm=REALM, address=_ADDRESS))
        (directory / "member").mkdir(mode=0o755)
        self._member.write_text(_MEMBER.format(domain=DOMAIN, realm=REALM, directory=directory))

    def _fill_directory(self) -> None:
        service = DomainUser("http-service", attributes={"msDS-SupportedEncryptionTypes": "24"})
        accounts = (*self._users, service)
        policy = {
            "lockoutThreshold": str(THRESHOLD),
            "lockoutDuration": _THIRTY_MINUTES,
            "lockOutObservationWindow": _THIRTY_MINUTES,
        }
        users = [{"name": u.name, "password": u.password, "attributes": dict(u.attributes)} for u in accounts]
        self._database("fill", told={"policy": policy, "suffix": SUFFIX, "users": users, "groups": GROUPS})
        settings = f"--configfile={self.directory}/etc/smb.conf"
        for name in self._services:
            self._run(["samba-tool", "spn", "add", f"HTTP/{name}", service.name, settings])
            export = ["samba-tool", "domain", "exportkeytab", f"--principal=HTTP/{name}", str(self.keytab), settings]
            self._run(export)

    def _keep_namespaces(self) -> int:
        script = _KEEPER.format(address=_ADDRESS, directory=self.directory)
        keeper = subprocess.Popen([*_UNSHARE, "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        self._stack.callback(keeper.wait, _PATIENCE_SECONDS)
        self._stack.enter_context(keeper.stdout)
        self._everything = self._stack.enter_context(keeper.stdin)
        assert keeper.stdout.readline() == b"ready\n", "no namespaces of our own"
        return int(Path(f"/proc/{keeper.pid}/task/{keeper.pid}/children").read_text())

    def _start_controller(self) -> None:
        script = _CONTROLLER.format(directory=self.directory)
        self._start("samba", self.inside("unshare", "--mount", "sh", "-c", script))

    def _join(self) -> None:
        account = ["-U", f"Administrator%{_ADMINISTRATOR}", f"--configfile={self._member}", "--no-dns-updates"]
        # Its own question whether the controller is up: it fails at once until it is.
        self._wait_for("net", "ads", "join", *account, log="samba")
        self._write_program("ntlm_auth", f"--configfile={self._member}")
        self._write_program("wbinfo")

    def _write_program(self, name: str, *arguments: str) -> None:
        command = " ".join(self.inside(debian.program(name, "winbind"), *arguments))
        program = self.directory / name
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o755)

    def _counts(self) -> dict[str, dict[str, int]]:
        counts: dict[str, dict[str, int]] = json.loads(self._database("counts"))
        return counts

    def _database(self, *words: str, told: object = None) -> str:
        script = str(Path(__file__).with_name("samba_directory.py"))
        command = ["/usr/bin/python3", script, str(self.directory / "etc" / "smb.conf"), *words]
        return self._run(command, told=json.dumps(told))

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.directory / f"{name}.output").open("wb") as sink:
            started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)
        self._stack.callback(started.wait, _PATIENCE_SECONDS)  # it ends with its namespace
        return started

    def _wait_for(self, *command: str, log: str) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            asked = subprocess.run(self.inside(*command), capture_output=True, check=False)
            if asked.returncode == 0:
                return
        said = (self.directory / f"{log}.output").read_text(errors="replace")
        raise AssertionError(f"{command} never succeeded: {asked.stdout!r}{asked.stderr!r}\n{said}")

    def _run(self, command: Sequence[str], environment: Mapping[str, str] | None = None, told: str = "") -> str:
        done = subprocess.run(
            command,
            input=told,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS + len(self._users),
            env={**os.environ, **(environment or {})},
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout


def _require_namespaces() -> None:
    made = subprocess.run([*_UNSHARE, "true"], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"THE PROOFS AGAINST A REAL DOMAIN DID NOT RUN: no namespaces of our own: {made.stderr.strip()}")


def _require_packages() -> None:
    debian.program("samba", "samba-ad-dc")
    debian.program("winbindd", "winbind")
    debian.program("kinit", "krb5-user")
    debian.program("unshare", "util-linux")
    debian.program("ip", "iproute2")
