from __future__ import annotations

from bridgehead.verify.output.legible import legible, on_one_line


def test_what_steers_a_terminal_is_written_out() -> None:
    assert legible("\x1b[31mred\x07\x9b") == r"\x1b[31mred\x07\x9b"


def test_what_turns_the_direction_of_text_is_written_out() -> None:
    assert legible("moc.\u202eosotnoc") == r"moc.\u202eosotnoc"


def test_letters_of_all_languages_tabs_and_line_ends_stay() -> None:
    assert legible("München\tжд\n名") == "München\tжд\n名"


def test_line_ends_become_spaces_on_one_line() -> None:
    assert on_one_line("one\n  two\tthree\n") == "one two three"
