"""Write what ntlm-check says of other proxies: `python -m tests.interop.ntlm_evidence docs/evidence`.

Not a test: versions, numbers of connections and seconds differ from machine to machine. `test_ntlm_check` holds what
must be found.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bridgehead.lab.authority import LabAuthority
from bridgehead.lab.users import lab_users
from bridgehead.verify.isolation.text import as_text
from tests.interop import ntlm_sites, peers

FILES = {
    "ntlm-check-nginx.txt": (peers.NGINX_AS_INSTALLED, peers.NGINX_KEEPALIVE),
    "ntlm-check-haproxy.txt": (peers.HAPROXY,),
    "ntlm-check-envoy.txt": (peers.ENVOY,),
    "ntlm-check-caddy.txt": (peers.CADDY,),
}
_LABORATORY = "In front of the laboratory (NTLM, Negotiate, and tickets that log in with one leg, as Kerberos does)"
_APACHE = "In front of Apache with mod_auth_gssapi and gss-ntlmssp"


def main() -> None:
    """One file for each proxy, in the directory that is named."""
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    authority, users = LabAuthority("Evidence"), lab_users(2)
    for name, kinds in FILES.items():
        parts = []
        for peer in kinds:
            with tempfile.TemporaryDirectory() as scratch, ntlm_sites.laboratory(Path(scratch), users) as behind:
                parts.append(_part(peer, _LABORATORY, behind, Path(scratch), authority))
            with tempfile.TemporaryDirectory() as scratch, ntlm_sites.apache(users, authority) as behind:
                parts.append(_part(peer, _APACHE, behind, Path(scratch), authority))
        (directory / name).write_text("\n\n".join(parts), encoding="utf-8")


def _part(peer: peers.Peer, where: str, behind: ntlm_sites.Behind, scratch: Path, authority: LabAuthority) -> str:
    report = as_text(ntlm_sites.checked(peer, behind, scratch, authority))
    # The ports are those that were free.
    report = re.sub(rf":({behind.names.https_port}|{behind.names.http_port})\b", "", report)
    title = f"{peer.name} ({_version(peer)})"
    rule = "=" * len(title)
    return f"{title}\n{rule}\n{peer.about}\n{where}.\n\n{report}"


def _version(peer: peers.Peer) -> str:
    done = subprocess.run([peers.program_of(peer), *peer.version], capture_output=True, text=True, check=False)
    text = f"{done.stdout}\n{done.stderr}"
    found = re.search(r"\d+\.\d+\.\d+", text)
    return found[0] if found else "version unknown"


if __name__ == "__main__":
    main()
