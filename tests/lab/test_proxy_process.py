from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.proxy_process import ProxyFailed, ProxyProcess

if TYPE_CHECKING:
    from pathlib import Path


def test_a_proxy_that_does_not_start_is_reported_with_what_it_said(tmp_path: Path) -> None:
    file = tmp_path / "bridgehead.toml"
    file.write_text("this is not TOML")
    with pytest.raises(ProxyFailed, match=r"did not start \(exit status [12]\)") as caught, ProxyProcess(file):
        pass
    assert str(file) in str(caught.value).replace("\n", "")
