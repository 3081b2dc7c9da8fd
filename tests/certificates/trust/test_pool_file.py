from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bridgehead.certificates.reading.reader import read
from bridgehead.certificates.trust.pool_file import write_trust_file
from bridgehead.problems import ProblemsFound
from tests.certificates.issuing import Authority

ONE, OTHER = Authority("Contoso Root CA"), Authority("Fabrikam Root CÄ")


def test_the_roots_are_written_for_everybody_to_read(tmp_path: Path) -> None:
    path = tmp_path / "roots.pem"
    write_trust_file(path, [ONE.certificate, OTHER.certificate])
    assert read(path).certificates == (ONE.certificate, OTHER.certificate)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    directory = tmp_path / "closed"
    directory.mkdir()
    path = directory / "roots.pem"
    write_trust_file(path, [ONE.certificate])
    directory.chmod(0o555)
    before = os.geteuid()
    try:
        if before == 0:  # root may write everywhere
            os.seteuid(65534)
        with pytest.raises(ProblemsFound) as found:
            write_trust_file(path, [OTHER.certificate])
    finally:
        os.seteuid(before)
        directory.chmod(0o755)
    assert [problem.code for problem in found.value.problems] == ["trust.unwritable"]
    assert read(path).certificates == (ONE.certificate,)
