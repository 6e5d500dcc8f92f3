"""The vectors for other SDKs: up to date, passed by our own engine, and the runner that asks, with small fake implementations."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CONFORMANCE = ROOT / "conformance"
ADAPTER = CONFORMANCE / "adapters" / "flytetypes_adapter.py"


def program(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=300)


def test_the_vectors_are_what_would_be_generated() -> None:
    done = program(CONFORMANCE / "generate.py", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_our_engine_answers_every_question(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    done = program(CONFORMANCE / "run.py", "--json", told, "--", sys.executable, ADAPTER)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert json.loads(told.read_text())["counts"].keys() == {"passed"}


# --- the runner -------------------------------------------------------------------------------------------------------

ROWS: dict[str, list[dict[str, Any]]] = {
    "types": [{"id": "int", "says": "int", "asks": ["type"], "type": "0801"}],
    "literals": [
        {
            "id": "one",
            "says": "int",
            "asks": ["value"],
            "type": "0801",
            "literal": "0a040a020801",
            "value": {"int": "1"},
        },
        {"id": "wrong", "says": "int", "asks": ["value"], "refused": True, "type": "0801", "literal": ""},
    ],
    "castable": [{"id": "fits", "says": "int -> int", "castable": True, "up": "0801", "down": "0801"}],
    "hashes": [],
    "extensions": [
        {
            "id": "naive",
            "says": "datetime",
            "asks": ["value"],
            "type": "0805",
            "literal": "0a040a022a002a180a0f666c79746574797065732e7a6f6e6512056e61697665",
            "value": {"datetime": "1970-01-01T00:00:00Z", "zone": "naive"},
            "plain": {"literal": "0a040a022a00", "value": {"datetime": "1970-01-01T00:00:00Z"}},
        }
    ],
    "forms": [],
    "offloaded": [],
}

# Answers by the key of the question; what is missing is answered rightly.
FAKE = """
import json, os, sys, time

RIGHT = {"type": "0801", "castable": True}
LITERALS = {
    "": {"refused": "nothing is set"},
    "0a040a020801": {"answer": {"int": "1"}},
    "0a040a022a00": {"answer": {"datetime": "1970-01-01T00:00:00Z"}},
}

def answer(question):
    if question["ask"] == "again":
        return {}
    if question["ask"] == "resolve":
        return {"answer": question["objects"]["s3://a"]}
    if question["ask"] == "value":
        return LITERALS.get(question["literal"], {"answer": {"datetime": "1970-01-01T00:00:00Z", "zone": "naive"}})
    return {"answer": RIGHT[question["ask"]]}

for line in sys.stdin:
    question = json.loads(line)
    reply = answer(question)
    MISTAKE
    print(json.dumps({"id": question["id"], **reply}), flush=True)
"""


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    directory = tmp_path / "vectors"
    directory.mkdir()
    for name, rows in ROWS.items():
        (directory / f"{name}.json").write_text(json.dumps({"version": 1, "rows": rows}))
    return directory


def ask(vectors: Path, mistake: str = "", *options: str | Path) -> tuple[int, list[str]]:
    """The exit code and the lines of a run with a fake implementation that makes one mistake."""
    fake = vectors / "fake.py"
    fake.write_text(FAKE.replace("MISTAKE", mistake))
    done = program(CONFORMANCE / "run.py", "--vectors", vectors, *options, "--", sys.executable, fake)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def counts(lines: list[str]) -> list[int]:
    """Asked, passed, plain, failed and unsupported, of all files."""
    return next([int(word) for word in line.split()[1:]] for line in lines if line.startswith("all "))


def difference(lines: list[str]) -> list[str]:
    """The last difference of a report."""
    return lines[-3:]


def test_an_implementation_that_is_right_passes(vectors: Path) -> None:
    code, lines = ask(vectors)
    assert (code, counts(lines)) == (0, [6, 6, 0, 0, 0])
    assert lines[0].split() == ["asked", "passed", "plain", "failed", "unsupported"]
    assert [line.split()[0] for line in lines[1:6]] == ["types", "literals", "castable", "extensions", "all"]


def test_ignoring_our_extensions_is_right_too_and_is_counted(vectors: Path) -> None:
    code, lines = ask(vectors, 'if "zone" in str(reply): del reply["answer"]["zone"]')
    assert (code, counts(lines)) == (0, [6, 5, 1, 0, 0])


def test_a_wrong_answer_is_shown_with_the_right_one(vectors: Path) -> None:
    code, lines = ask(vectors, 'if question["ask"] == "castable": reply = {"answer": False}')
    assert (code, counts(lines)) == (1, [6, 5, 0, 1, 0])
    assert difference(lines) == ["castable/fits/castable  (int -> int)", "  expected true", "  got      false"]


@pytest.mark.parametrize("wrong", ['{"int": 1}', '{"int": "1", "more": 1}', "1", "True", "None", '"1"', "[]"])
def test_a_value_is_right_in_its_one_form_only(vectors: Path, wrong: str) -> None:
    mistake = f'if reply == {{"answer": {{"int": "1"}}}}: reply = {{"answer": {wrong}}}'
    code, lines = ask(vectors, mistake)
    assert (code, counts(lines)) == (1, [6, 5, 0, 1, 0])


def test_a_refusal_where_there_is_an_answer_is_a_failure(vectors: Path) -> None:
    code, lines = ask(vectors, 'if question["ask"] == "type": reply = {"refused": "I do not like it"}')
    assert (code, counts(lines)) == (1, [6, 5, 0, 1, 0])
    assert difference(lines)[1:] == ['  expected "0801"', "  got      refused: I do not like it"]


def test_an_answer_where_refusing_is_right_is_a_failure(vectors: Path) -> None:
    code, lines = ask(vectors, 'if "refused" in reply: reply = {"answer": None}')
    assert (code, counts(lines)) == (1, [6, 5, 0, 1, 0])
    assert difference(lines) == ["literals/wrong/value  (int)", "  expected to be refused", "  got      null"]


def test_what_an_implementation_does_not_do_is_counted_and_no_failure(vectors: Path) -> None:
    code, lines = ask(vectors, 'if question["ask"] == "value": reply = {"unsupported": "values"}')
    assert (code, counts(lines)) == (0, [6, 2, 0, 0, 4])


def test_a_crash_is_reported_with_its_row_and_the_next_row_is_asked_of_a_new_process(vectors: Path) -> None:
    code, lines = ask(vectors, 'if question["ask"] == "type": sys.exit("out of luck")')
    assert (code, counts(lines)) == (1, [6, 5, 0, 1, 0])
    assert difference(lines)[0] == "types/int/type  (int)"
    assert difference(lines)[2] == "  got      it ended with exit code 1: out of luck"


def test_silence_is_reported_with_its_row(vectors: Path) -> None:
    mistake = 'if question["ask"] == "castable": time.sleep(60)'
    code, lines = ask(vectors, mistake, "--timeout", "0.3")
    assert (code, counts(lines)) == (1, [6, 5, 0, 1, 0])
    assert difference(lines)[2] == "  got      no answer within 0.3 s"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ('"loading..."', r"'loading...'"),
        ('json.dumps({"id": -1, "answer": True})', r"""'{"id": -1, "answer": true}'"""),
        ('json.dumps({"id": question["id"]})', None),
        ('json.dumps({"id": question["id"], "answer": True, "refused": "both"})', None),
        ('json.dumps([question["id"]])', None),
    ],
)
def test_what_is_no_answer_to_the_question_is_reported(vectors: Path, printed: str, shown: str | None) -> None:
    code, lines = ask(vectors, f'if question["ask"] == "castable": print({printed}, flush=True)')
    assert (code, counts(lines)) == (1, [6, 5, 0, 1, 0])
    assert difference(lines)[2].startswith("  got      no answer to this question: ")
    assert shown is None or difference(lines)[2].endswith(shown)


def test_an_implementation_that_never_answers_is_given_up(vectors: Path) -> None:
    code, lines = ask(vectors, 'sys.exit("no licence")')
    assert (code, counts(lines)) == (1, [6, 0, 0, 6, 0])
    assert difference(lines)[2] == "  got      not asked: it broke down 5 times in a row"


def test_a_command_that_does_not_exist_is_a_message(vectors: Path) -> None:
    done = program(CONFORMANCE / "run.py", "--vectors", vectors, "--", "no-such-program")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "no-such-program cannot be started: No such file or directory\n"


def test_known_differences_are_no_failures(vectors: Path, tmp_path: Path) -> None:
    expected = tmp_path / "expected.json"
    expected.write_text(json.dumps({"nothing fits": ["castable/fits/castable"]}))
    code, lines = ask(vectors, 'if question["ask"] == "castable": reply = {"answer": False}', "--expected", expected)
    assert (code, counts(lines)) == (0, [6, 5, 0, 1, 0])
    assert lines[-1] == "1 expected: nothing fits"


@pytest.mark.parametrize("key", ["castable/fits/castable", "castable/gone/castable"])
def test_a_known_difference_that_is_none_is_a_failure(vectors: Path, tmp_path: Path, key: str) -> None:
    expected = tmp_path / "expected.json"
    expected.write_text(json.dumps({"nothing fits": [key]}))
    code, lines = ask(vectors, "", "--expected", expected)
    assert code == 1
    assert lines[-1] == f"{key} is in the list of differences, and is none"


def test_a_difference_that_is_known_to_come_and_go_may_be_there_or_not(vectors: Path, tmp_path: Path) -> None:
    expected = tmp_path / "expected.json"
    expected.write_text(json.dumps({"Sometimes: by chance": ["castable/fits/castable"]}))
    for reply in ("", 'if question["ask"] == "castable": reply = {"answer": False}'):
        code, _ = ask(vectors, reply, "--expected", expected)
        assert code == 0


def test_differences_are_told_as_json(vectors: Path, tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    ask(vectors, 'if question["ask"] == "castable": reply = {"answer": False}', "--json", told)
    assert json.loads(told.read_text()) == {
        "version": 1,
        "counts": {"passed": 5, "failed": 1},
        "results": [
            {
                "key": "castable/fits/castable",
                "verdict": "failed",
                "asked": {"ask": "castable", "up": "0801", "down": "0801"},
                "expected": True,
                "got": "false",
                "reason": None,
            }
        ],
    }


def test_only_what_is_named_is_asked(vectors: Path) -> None:
    code, lines = ask(vectors, "", "--only", "castable/", "--only", "/one/")
    assert (code, counts(lines)) == (0, [2, 2, 0, 0, 0])


def test_a_literal_that_is_elsewhere_is_asked_for_with_its_objects(vectors: Path) -> None:
    row = {"id": "seven", "says": "int", "asks": ["resolve"], "type": "0801", "literal": "42080a0673333a2f2f61"}
    elsewhere = {"objects": {"s3://a": "0a040a020807"}, "again": "0a040a020807"}
    (vectors / "offloaded.json").write_text(json.dumps({"version": 1, "rows": [{**row, **elsewhere}]}))
    code, lines = ask(vectors, "", "--only", "offloaded/")
    assert (code, counts(lines)) == (0, [1, 1, 0, 0, 0])


def test_vectors_of_another_version_are_refused(vectors: Path) -> None:
    (vectors / "types.json").write_text(json.dumps({"version": 2, "rows": []}))
    done = program(CONFORMANCE / "run.py", "--vectors", vectors, "--", "true")
    assert (done.returncode, done.stderr) == (1, "types.json is of version 2, and this program reads version 1\n")


# A struct of {"x": 1, "y": {"a": 1, "b": 2}} in two orders, and what differs in more than that.
PACKED = "82a17801a17982a16101a16202"
REORDERED = "82a17982a16202a16101a17801"


def struct(packed: str, tag: str = "12076d73677061636b") -> str:
    binary = f"0a{len(packed) // 2:02x}{packed}{tag}"
    scalar = f"1a{len(binary) // 2:02x}{binary}"
    return f"0a{len(scalar) // 2:02x}{scalar}"


@pytest.mark.parametrize(
    ("given", "any_order", "failed"),
    [
        (struct(PACKED), False, 0),
        (struct(REORDERED), True, 0),
        (struct(REORDERED), False, 1),
        (struct(PACKED[:-2] + "03"), True, 1),
        (struct("82a178d10001a17982a16101a16202"), True, 1),
        (struct(REORDERED, tag="12036a736e"), True, 1),
        (struct(REORDERED) + "2200", True, 1),
        (struct(REORDERED)[:-2], True, 1),
        ("no hex", True, 1),
    ],
)
def test_fields_may_come_in_any_order_where_a_row_says_so(
    vectors: Path, given: str, any_order: bool, failed: int
) -> None:
    row = {"id": "class", "says": "struct", "asks": ["again"], "type": "0809", "literal": struct(PACKED)}
    rows = [{**row, "any_order": True} if any_order else row]
    (vectors / "literals.json").write_text(json.dumps({"version": 1, "rows": rows}))
    code, lines = ask(vectors, f'if question["ask"] == "again": reply = {{"answer": "{given}"}}', "--only", "literals/")
    assert (code, counts(lines)) == (failed, [1, 1 - failed, 0, failed, 0])
