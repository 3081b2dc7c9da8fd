"""Bridgehead, from this repository, run by the interpreter that runs the benchmark."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from bench.logged_in import DOMAIN, PASSWORD, USER
from bench.peers.peer import Peer
from bench.programs import REPOSITORY
from bench.testbed import BACKEND_HOST, PUBLIC_HOST
from bridgehead.spec import (
    Accounts,
    Certificate,
    Forward,
    KeyPair,
    Limits,
    Listener,
    Login,
    Pool,
    ProxySpec,
    Rule,
    Server,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bench import certificates
    from bench.testbed import Ports, Testbed


def _arguments(testbed: Testbed, ports: Ports, directory: Path) -> list[str]:
    specification = directory / "spec.json"
    specification.write_text(_specification(testbed, ports, directory).model_dump_json(indent=1))
    return ["-m", "bridgehead", "serve", str(specification)]


def _specification(testbed: Testbed, ports: Ports, directory: Path) -> ProxySpec:
    address = "127.0.0.1"
    return ProxySpec(
        listeners=(
            Listener(name="rsa", host=address, port=ports.rsa, tls=True, certificates=("rsa",)),
            Listener(name="ecdsa", host=address, port=ports.ecdsa, tls=True, certificates=("ecdsa",)),
            Listener(name="plain", host=address, port=ports.plain, tls=False),
        ),
        certificates=(
            Certificate(name="rsa", pairs=(_pair(testbed.certificates.rsa),)),
            Certificate(name="ecdsa", pairs=(_pair(testbed.certificates.ecdsa),)),
        ),
        pools=(
            Pool(
                name="over-tls",
                servers=(
                    Server(host=address, port=testbed.backend.tls, server_name=BACKEND_HOST, verify_name=BACKEND_HOST),
                ),
                tls=True,
                trust=(str(testbed.certificates.root),),
            ),
            Pool(name="in-plain", servers=(Server(host=address, port=testbed.backend.plain),), tls=False),
        ),
        rules=(
            Rule(name="tls", listeners=("rsa", "ecdsa"), hosts=(PUBLIC_HOST,), action=Forward(pool="over-tls")),
            _guarded("/guarded/*", Login(accounts="accounts")),
            _guarded("/told/*", Login(accounts="accounts", site_sees="header")),
            Rule(name="plain", listeners=("plain",), hosts=(PUBLIC_HOST,), action=Forward(pool="in-plain")),
        ),
        accounts=(_accounts(directory),),
        limits=Limits(connections_per_listener=9000, connections_per_address=9000, idle_seconds=3600, drain_seconds=1),
        workers=1,
        access_log=str(directory / "access.log"),
    )


def _guarded(path: str, login: Login) -> Rule:
    action = Forward(pool="over-tls", authentication="ntlm", login=login)
    return Rule(name=path, listeners=("rsa", "ecdsa"), hosts=(PUBLIC_HOST,), path=path, action=action)


def _accounts(directory: Path) -> Accounts:
    file = directory / "accounts.toml"
    file.touch(0o600)
    file.write_text(f'[users.{USER}]\npassword = "{PASSWORD}"\n')
    return Accounts(name="accounts", source="file", file=str(file), domain=DOMAIN, computer="PROXY")


def _pair(pair: certificates.KeyPair) -> KeyPair:
    return KeyPair(chain=str(pair.chain), key=str(pair.key))


# The source tree comes first, so that a checkout measures itself wherever it was installed from.
_PATH = os.pathsep.join(filter(None, [str(REPOSITORY / "src"), os.environ.get("PYTHONPATH", "")]))

BRIDGEHEAD = Peer(
    name="bridgehead",
    program=sys.executable,
    version_arguments=("-c", "import bridgehead; print('bridgehead', bridgehead.__version__)"),
    arguments=_arguments,
    environment={"PYTHONPATH": _PATH},
)
