"""`bridgehead plan` as it is used: a process with arguments, two streams and an exit status."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bridgehead.cli.loading import load_spec
from bridgehead.spec import ProxySpec

EXAMPLES = Path(__file__).parents[2] / "examples"
CONTOSO = EXAMPLES / "contoso.toml"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridgehead", "plan", *map(str, arguments)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in finished.stderr
    return finished


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("text", "Publishing plan for contoso.com"),
        ("markdown", "# Publishing plan"),
        ("html", "<!doctype html>"),
        ("json", "{"),
    ],
)
def test_each_format_is_written_to_the_standard_output(form: str, begins: str) -> None:
    finished = run(CONTOSO, "--format", form)
    assert finished.returncode == 0
    assert finished.stdout.startswith(begins)
    assert "lyncdiscover.contoso.com" in finished.stdout


def test_a_file_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    finished = run(CONTOSO, "--format", "html", "-o", tmp_path / "plan.html")
    assert (finished.returncode, finished.stdout) == (0, "")
    assert (tmp_path / "plan.html").read_text(encoding="utf-8").endswith("</html>\n")


def test_json_carries_the_rules_that_the_proxy_runs_and_the_reason_for_each_thing() -> None:
    plan = json.loads(run(CONTOSO, "--format", "json").stdout)
    assert ProxySpec.model_validate(plan["proxy"]) == load_spec(CONTOSO)
    assert all(record["because"]["reason"] for record in plan["records"])


def test_the_day_decides_what_authorities_issue() -> None:
    finished = run(CONTOSO, "--date", "2029-03-15")
    assert "47 days at most: issued on 2029-03-15" in finished.stdout


def test_a_day_that_is_none_is_a_wrong_use() -> None:
    assert run(CONTOSO, "--date", "tomorrow").returncode == 2


def test_a_name_is_explained() -> None:
    finished = run(CONTOSO, "--explain", "MEET.contoso.com")
    assert finished.returncode == 0
    assert "Meeting simple URL of contoso.com" in finished.stdout
    assert "webext.contoso.com" not in finished.stdout.replace("webdirext", "")


def test_a_name_that_is_not_in_the_plan_is_told_with_its_neighbours() -> None:
    finished = run(CONTOSO, "--explain", "mete.contoso.com")
    assert finished.returncode == 1
    assert "Nothing in the plan is called mete.contoso.com" in finished.stderr
    assert "meet.contoso.com" in finished.stderr


def test_a_change_is_told_against_the_old_file_and_against_a_plan_written_before(tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    text = CONTOSO.read_text(encoding="utf-8")
    new.write_text(text.replace("https://dialin.contoso.com", "https://phone.contoso.com"), encoding="utf-8")
    kept = tmp_path / "old.json"
    run(CONTOSO, "--format", "json", "-o", kept)
    for old in (CONTOSO, kept):
        finished = run(new, "--against", old)
        assert finished.returncode == 0
        assert "No longer covers all: request it anew" in finished.stdout
        assert "phone.contoso.com" in finished.stdout


def test_no_change_says_so() -> None:
    assert "Nothing changes" in run(CONTOSO, "--against", CONTOSO).stdout


def test_the_worksheet_needs_no_file() -> None:
    finished = run("--worksheet")
    assert finished.returncode == 0
    assert "Data collection for a reverse proxy" in finished.stdout
    assert "contoso" not in finished.stdout


def test_the_worksheet_is_filled_in_from_a_file() -> None:
    assert "webext.contoso.com" in run(CONTOSO, "--worksheet", "--format", "markdown").stdout


def test_without_a_file_and_without_the_worksheet_it_is_a_wrong_use() -> None:
    finished = run()
    assert finished.returncode == 2
    assert "--worksheet" in finished.stderr


def test_a_file_that_is_not_there_or_is_no_plan_is_one_message(tmp_path: Path) -> None:
    assert run(tmp_path / "none.toml").returncode == 2
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"version": 1}', encoding="utf-8")
    finished = run(CONTOSO, "--against", wrong)
    assert finished.returncode == 1
    assert finished.stderr.count("error:") == 1
    assert "This is not a plan in JSON" in finished.stderr


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"https://meet.contoso.com"', '"https://*.contoso.com"', "wildcard"),
        ("webext.contoso.com", "web ext.contoso.com", "is not a host name"),
        ('"contoso.com" = "https://meet.contoso.com"\n', "", "has no meet URL"),
        ("webdirext.contoso.com", "webext.contoso.com", "webext.contoso.com"),
        (
            "[certificate.public]",
            '[plan]\nsubject_pool = "nobody"\n[certificate.public]',
            "There is no pool called nobody",
        ),
    ],
)
def test_what_is_wrong_with_the_file_is_one_clear_message(tmp_path: Path, old: str, new: str, message: str) -> None:
    file = tmp_path / "wrong.toml"
    text = CONTOSO.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    finished = run(file)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.count("error:") == 1
    assert message in finished.stderr


def test_an_internationalised_name_is_planned_as_it_is_in_dns(tmp_path: Path) -> None:
    file = tmp_path / "international.toml"
    text = CONTOSO.read_text(encoding="utf-8")
    file.write_text(text.replace("https://meet.contoso.com", "https://treffen.bücher.example"), encoding="utf-8")
    finished = run(file, "--explain", "treffen.BÜCHER.example")
    assert finished.returncode == 0
    assert "treffen.xn--bcher-kva.example" in finished.stdout


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    finished = run(CONTOSO, "-o", tmp_path / "none" / "plan.txt")
    assert finished.returncode == 1
    assert "cannot be written: No such file or directory" in finished.stderr


def test_a_change_is_told_against_the_running_proxy(tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    text = CONTOSO.read_text(encoding="utf-8").replace("contoso-root-ca.pem", str(EXAMPLES / "contoso-root-ca.pem"))
    new.write_text(text.replace("dir01.contoso.local", "dir02.contoso.local"), encoding="utf-8")
    control = tmp_path / "control.sock"
    asked = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, ThreadPoolExecutor() as pool:
        listener.bind(str(control))
        listener.listen()
        listener.settimeout(60)

        def answer() -> None:
            client, _ = listener.accept()
            with client:
                asked.append(json.loads(client.recv(4096)))
                told = {"ok": True, "spec": load_spec(CONTOSO).model_dump(mode="json")}
                client.sendall(json.dumps(told).encode() + b"\n")

        answered = pool.submit(answer)
        finished = run(new, "--against-running", "--control", control)
        answered.result()
    assert asked == [{"do": "spec"}]
    assert finished.returncode == 0
    assert "From what the proxy runs" in finished.stdout
    assert "clients of meet.contoso.com /*: other servers" in finished.stdout
    assert "clients of webext.contoso.com" not in finished.stdout


def test_a_proxy_that_does_not_run_is_told(tmp_path: Path) -> None:
    finished = run(CONTOSO, "--against-running", "--control", tmp_path / "none.sock")
    assert finished.returncode == 2
    assert "no proxy answers" in finished.stderr
