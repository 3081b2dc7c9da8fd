"""One target under libFuzzer, in this process: `python -m tests.fuzz.one request-head [libFuzzer's options] corpus`."""

from __future__ import annotations

import sys

import atheris

# Of the parsers that the proxy is compared with, coverage would only distract. (Its hook for regular expressions does
# not take patterns of bytes: the dictionary of words stands in for it.)
with atheris.instrument_imports(include=["bridgehead.proxy", "bridgehead.authentication"]):
    import bridgehead.authentication.handshake
    import bridgehead.proxy.body
    import bridgehead.proxy.head  # noqa: F401 - imported here to be instrumented

from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
