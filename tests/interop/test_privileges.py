"""The shipped unit, for real: a user without rights but one capability, and keys that it alone may read."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from bridgehead.proxy.control import ask
from bridgehead.spec import Certificate, KeyPair, Listener, Refuse, Rule
from tests.interop import debian
from tests.proxy.wire import Proxy, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.interop

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "packaging" / "bridgehead.service"
EXPOSURE = 25
"""Of 100, as `systemd-analyze security` counts: 20 when this was written. The internet itself is 5 of them."""
ORDINARY_USER = "nobody"
CAPABILITY = "net_bind_service"


def unit() -> str:
    return UNIT.read_text("utf-8")


# The unit


def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    here = shutil.which("true")
    assert here is not None
    copy = tmp_path / UNIT.name
    # The one thing that only an installation has: the program.
    copy.write_text(re.sub(r"/opt/\S+/bin/bridgehead", here, unit()))
    done = subprocess.run(
        [debian.program("systemd-analyze", "systemd"), "verify", str(copy)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_finds_the_unit_little_exposed() -> None:
    program = debian.program("systemd-analyze", "systemd")
    done = subprocess.run(
        [program, "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_unit_gives_no_more_than_what_is_proven_here() -> None:
    capability = f"CAP_{CAPABILITY.upper()}"
    assert re.findall(r"^(?:Ambient|Bounding)?Capabilit\w+=(.*)$", unit(), re.MULTILINE) == [capability, capability]
    assert "NoNewPrivileges=yes" in unit()


# The process


def as_ordinary_user(*capabilities: str) -> list[str]:
    """Run what follows as that user, with these capabilities and no way to more."""
    wanted = ",".join(["-all", *(f"+{capability}" for capability in capabilities)])
    return [
        *(debian.program("setpriv", "util-linux"), f"--reuid={ORDINARY_USER}", "--regid=nogroup", "--clear-groups"),
        *(f"--inh-caps={wanted}", f"--ambient-caps={wanted}", f"--bounding-set={wanted}", "--no-new-privs"),
    ]


class OrdinaryProxy(Proxy):
    """`bridgehead serve` as the unit runs it."""

    capabilities: tuple[str, ...] = (CAPABILITY,)

    def launch(self) -> None:
        self.write_spec()
        self.process = subprocess.Popen(
            [
                *as_ordinary_user(*self.capabilities),
                *(sys.executable, "-m", "bridgehead", "serve", str(self.file), "--control", str(self.control)),
            ],
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def file(self) -> Path:
        return self.directory / "spec.json"

    def write_spec(self) -> None:
        self.file.write_text(self.spec().model_dump_json(), "utf-8")

    def use(self, pair: KeyPair, *ports: int) -> None:
        """Serve with this certificate on these ports."""
        self.certificates = (Certificate(name="site", pairs=(pair,)),)
        self.listeners = tuple(
            Listener(name=f"port {port}", host=self.host, port=port, tls=True, certificates=("site",)) for port in ports
        )
        names = tuple(listener.name for listener in self.listeners)
        self.rules = (Rule(name="all", listeners=names, hosts=("*",), action=Refuse(reason="TLS is what matters")),)

    def pair_of(self, user: str, kind: str) -> KeyPair:
        """A certificate whose key that user alone may read."""
        pair = self.key_pair("site.test", kind=kind)
        Path(pair.key).chmod(0o600)
        shutil.chown(pair.key, user)
        return pair

    def serves(self, port: int) -> bool:
        client = self.connect_tls("site.test", port=port)
        return status_of(client.request(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")) == 403


@pytest.fixture
def proxy() -> Iterator[OrdinaryProxy]:
    if os.geteuid() != 0:
        pytest.skip("becoming another user takes root")
    reached = subprocess.run(
        [*as_ordinary_user(), sys.executable, "-c", "import bridgehead.cli"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if reached.returncode != 0:
        pytest.skip(f"{ORDINARY_USER} cannot run {sys.executable}, which lies where only root may look")
    with debian.readable_directory() as directory:
        shutil.chown(directory, ORDINARY_USER)
        made = OrdinaryProxy(directory, trustme.CA(), ())
        yield made
        made.stop()


@pytest.fixture
def privileged_ports() -> None:
    first_free = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text("ascii"))
    if first_free <= 443:
        pytest.skip("in this container every port is for everybody")


def test_an_ordinary_user_binds_443_and_reads_its_key_at_the_start_and_at_a_change(proxy: OrdinaryProxy) -> None:
    pair = proxy.pair_of(ORDINARY_USER, "first")
    proxy.use(pair, 443)
    proxy.start()
    for pid in (proxy.process.pid, *proxy.workers_running()):
        status = Path(f"/proc/{pid}/status").read_text("ascii")
        assert f"Uid:\t{pwd.getpwnam(ORDINARY_USER).pw_uid}\t" in status
        assert "CapEff:\t0000000000000400\n" in status, "CAP_NET_BIND_SERVICE, and nothing else"
    assert proxy.serves(443)
    proxy.use(proxy.pair_of(ORDINARY_USER, "second"), 443, 444)
    proxy.write_spec()
    told = ask(proxy.control, "reload")
    assert told["ok"], told
    assert proxy.serves(443)
    assert proxy.serves(444)


def test_a_change_to_a_key_that_it_may_not_read_is_refused_and_says_so(proxy: OrdinaryProxy) -> None:
    proxy.use(proxy.pair_of(ORDINARY_USER, "own"), 443)
    proxy.start()
    forbidden = proxy.pair_of("root", "foreign")
    proxy.use(forbidden, 443, 444)
    proxy.write_spec()
    told = ask(proxy.control, "reload")
    assert not told["ok"]
    assert any(
        problem["where"] == forbidden.key and "may not read" in problem["message"] for problem in told["problems"]
    ), told
    assert proxy.serves(443)
    with pytest.raises(ConnectionRefusedError):
        proxy.connect(444)


def test_a_start_with_a_key_that_it_may_not_read_is_refused_and_says_so(proxy: OrdinaryProxy) -> None:
    forbidden = proxy.pair_of("root", "foreign")
    proxy.use(forbidden, 443)
    proxy.launch()
    assert proxy.wait() == 1
    assert forbidden.key in proxy.said()
    assert "may not read" in proxy.said()


def test_without_the_capability_443_is_refused_and_says_so(proxy: OrdinaryProxy, privileged_ports: None) -> None:
    proxy.capabilities = ()
    proxy.use(proxy.pair_of(ORDINARY_USER, "own"), 443)
    proxy.launch()
    assert proxy.wait() == 1
    assert "CAP_NET_BIND_SERVICE" in proxy.said()
