"""OpenSSL's settings that Python's `ssl` has no call for: the groups of the key exchange.

OpenSSL reads them once, when it is loaded: with the first import of `ssl` or `hashlib`, which must come after this one.
"""

from __future__ import annotations

import os
from pathlib import Path


def use_own_settings() -> None:
    """Let OpenSSL read `openssl.cnf` beside this file, unless an administrator has named another one."""
    os.environ.setdefault("OPENSSL_CONF", str(Path(__file__).with_name("openssl.cnf")))
