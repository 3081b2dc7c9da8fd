from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bridgehead.certificates.request.output_files import OutputFiles
from bridgehead.problems import ProblemsFound


def written(path: Path, content: bytes = b"new", *, secret: bool = False, replace: bool = False) -> None:
    with OutputFiles() as files:
        files.add(path, content, secret=secret, replace=replace)


def problem(path: Path, *, secret: bool = False, replace: bool = False) -> str:
    with pytest.raises(ProblemsFound) as found:
        written(path, secret=secret, replace=replace)
    return found.value.problems[0].code


def test_files_are_written_and_a_secret_one_is_for_its_owner_alone(tmp_path: Path) -> None:
    written(tmp_path / "key", secret=True)
    assert (tmp_path / "key").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_nothing_is_replaced_unless_it_is_told_to(tmp_path: Path) -> None:
    file = tmp_path / "public.req"
    file.write_bytes(b"old")
    assert problem(file) == "output.exists"
    assert file.read_bytes() == b"old"
    written(file, replace=True)
    assert file.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["public.req"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ProblemsFound([])])
def test_a_block_that_is_broken_off_leaves_nothing_behind(
    error: type[BaseException] | BaseException, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.req"
    kept.write_bytes(b"old")
    with pytest.raises((KeyboardInterrupt, ProblemsFound)), OutputFiles() as files:  # noqa: PT012 - the block is what breaks
        files.add(tmp_path / "new.req", b"new")
        files.add(kept, b"new", replace=True)
        raise error
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("kept.req", b"old")]


def test_the_files_written_before_one_that_cannot_be_are_taken_back(tmp_path: Path) -> None:
    (tmp_path / "there.req").write_bytes(b"old")
    with pytest.raises(ProblemsFound), OutputFiles() as files:  # noqa: PT012 - the second file is what fails
        files.add(tmp_path / "first.req", b"new")
        files.add(tmp_path / "there.req", b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["there.req"]


def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    assert problem(tmp_path) == "output.directory"
    assert problem(tmp_path / "none" / "public.req") == "output.unwritable"


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"old")
    (tmp_path / "public.key").symlink_to("elsewhere")
    assert problem(tmp_path / "public.key", secret=True) == "output.exists"
    assert (tmp_path / "elsewhere").read_bytes() == b"old"
