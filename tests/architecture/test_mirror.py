"""Who looks for the tests of a file finds them under the same path."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.source_tree import PACKAGE, ROOT, TESTS

# These prove the whole, not one file of it.
WHOLE_PRODUCT = {"architecture", "conformance", "end_to_end", "fuzz", "interop", "load", "stress"}

# Test files with another name than the file they prove. This list only shrinks: what is named here must exist, and must
# still be an exception.
EXCEPTIONS: set[str] = set()


def mirrored(test: Path) -> Path:
    relative = test.relative_to(TESTS)
    # The benchmark stands beside the package, because nobody installs it.
    tree = ROOT if relative.parts[0] == "bench" else PACKAGE
    return tree / relative.parent / f"{relative.stem.removeprefix('test_')}.py"


def unmirrored() -> set[str]:
    tests = (test for test in TESTS.rglob("test_*.py") if test.relative_to(TESTS).parts[0] not in WHOLE_PRODUCT)
    return {test.relative_to(TESTS).as_posix() for test in tests if not mirrored(test).exists()}


def test_every_test_file_stands_where_its_source_stands() -> None:
    assert unmirrored() - EXCEPTIONS == set()


def test_no_exception_outlives_its_reason() -> None:
    assert EXCEPTIONS - unmirrored() == set()
