"""Ask an implementation everything in `vectors/`, and say where it answers otherwise.

    python conformance/run.py [--only TEXT]... [--expected FILE] [--json FILE] -- COMMAND [ARGUMENT]...

COMMAND reads one question a line and writes one answer a line: docs/conformance.md. Needs Python 3.11 and nothing else.
The exit code is 1 when an answer is wrong that is not in FILE, or one is in FILE that is right; else 0.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from unordered import same_literals

VECTORS = Path(__file__).parent / "vectors"
VERSION = 1
FILES = ("types", "literals", "castable", "hashes", "extensions", "forms", "offloaded")
ANSWER_SECONDS = 10.0
START_SECONDS = 120.0
"""For the first answer of a process: some import for a while."""
SOMETIMES = "Sometimes: "
"""How the reason of a difference begins that is not there in every run."""
LAST_BREAKDOWNS = 5
"""So many crashes or silences in a row end the run: the implementation does not work at all."""

Verdict = Literal["passed", "plain", "failed", "unsupported"]
VERDICTS: tuple[Verdict, ...] = ("passed", "plain", "failed", "unsupported")


@dataclass(frozen=True)
class Question:
    """One line to be asked, and what may come back."""

    key: str
    """Where it is from: `literals/int-0/value`."""
    says: str
    asked: dict[str, Any]
    wanted: Any
    """Nothing is wanted where refusing is right."""
    refused: bool = False
    any_order: bool = False
    """Whether the entries of msgpack maps may come in another order."""
    plain: list[Any] = field(default_factory=list)
    """The answers of those who ignore our extensions, which is right too."""


@dataclass(frozen=True)
class Result:
    """How a question was answered."""

    question: Question
    verdict: Verdict
    got: str
    """In words; empty when all is well."""


# --- questions --------------------------------------------------------------------------------------------------------


def questions(folder: Path) -> Iterator[Question]:
    """Everything there is to ask, file by file, in the order of the rows."""
    for name in FILES:
        document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        if document["version"] != VERSION:
            sys.exit(f"{name}.json is of version {document['version']}, and this program reads version {VERSION}")
        for row in document["rows"]:
            yield from _of_row(name, row)


def _of_row(name: str, row: dict[str, Any]) -> Iterator[Question]:
    def question(about: str, asked: dict[str, Any], wanted: Any, plain: list[Any] | None = None) -> Question:
        key = f"{name}/{row['id']}/{about}"
        any_order = row.get("any_order", False) and about in ("literal", "again", "resolve")
        return Question(key, row["says"], asked, wanted, row.get("refused", False), any_order, plain or [])

    if name == "castable":
        asked = {"ask": "castable", "up": row["up"], "down": row["down"]}
        yield question("castable", asked, row["castable"])
        return
    if name == "hashes":
        hashed: dict[str, Any] = {key: row[key] for key in ("literal", "inputs", "ignored", "variables") if key in row}
        for kind, text in row["hashes"].items():
            yield question(kind, {"ask": "hash", "kind": kind, **hashed}, text)
        return
    literal, plain = row.get("literal"), row.get("plain", {})
    for ask in row["asks"]:
        asked = {"ask": ask, "type": row["type"]}
        ignoring = [plain[ask]] if ask in plain else []
        match ask:
            case "type":
                yield question(ask, asked, row["type"])
            case "guess":
                yield question(ask, asked, row.get("guess", row["type"]), ignoring)
            case "value":
                yield question(ask, {**asked, "literal": literal}, row.get("value"), ignoring)
            case "literal":
                yield question(ask, {**asked, "value": row["value"]}, literal, ignoring)
            case "again":
                yield question(ask, {**asked, "literal": literal}, row.get("again", literal), ignoring)
            case "resolve":
                stored = {"literal": literal, "objects": row["objects"]}
                yield question(ask, {**asked, **stored}, row.get("again"), ignoring)
    if "literal" in plain:
        yield question("plain", {"ask": "value", "type": row["type"], "literal": plain["literal"]}, plain["value"])


# --- answers ----------------------------------------------------------------------------------------------------------


class Breakdown(Exception):  # noqa: N818 - of another program
    """The implementation ended, kept silent, or wrote something that is no answer."""


class Implementation:
    """A process that answers; it is started when it is first asked, and again after a breakdown."""

    def __init__(self, command: list[str], answer_seconds: float, start_seconds: float) -> None:
        self.command = command
        self.answer_seconds = answer_seconds
        self.start_seconds = start_seconds
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._asked = 0

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question, without its `id`.

        Raises:
            Breakdown: When there is none. The next question is asked of a new process.
        """
        self._asked += 1
        is_first = self._process is None
        process = self._process or self._start()
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps({"id": self._asked, **asked}) + "\n")
            process.stdin.flush()
        except OSError:
            raise self._ended(process) from None
        seconds = self.start_seconds if is_first else self.answer_seconds
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            self.stop()
            raise Breakdown(f"no answer within {seconds:g} s") from None
        if line is None:
            raise self._ended(process)
        answer = self._parsed(line)
        if answer is None:
            self.stop()  # what comes next may belong to this question
            raise Breakdown(f"no answer to this question: {line.rstrip()[:200]!r}")
        return answer

    def _parsed(self, line: str) -> dict[str, Any] | None:
        try:
            answer = json.loads(line)
        except ValueError:
            return None
        if not isinstance(answer, dict) or answer.pop("id", None) != self._asked:
            return None
        return answer if len(answer) == 1 and answer.keys() <= {"answer", "refused", "unsupported"} else None

    def _start(self) -> subprocess.Popen[str]:
        self._errors.seek(0)
        self._errors.truncate()
        lines: queue.Queue[str | None] = queue.Queue()
        try:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            sys.exit(f"{self.command[0]} cannot be started: {error.strerror}")

        def forward() -> None:
            assert process.stdout is not None
            with contextlib.suppress(ValueError):  # closed while it was read
                for line in process.stdout:
                    lines.put(line)
            lines.put(None)

        threading.Thread(target=forward, daemon=True).start()
        self._process, self._lines = process, lines
        return process

    def _ended(self, process: subprocess.Popen[str]) -> Breakdown:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=self.answer_seconds)
        self.stop()
        self._errors.seek(0)
        said = [line.strip() for line in self._errors.read().splitlines() if line.strip()]
        last = f": {said[-1][:300]}" if said else ""
        return Breakdown(f"it ended with exit code {process.returncode}{last}")

    def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def close(self) -> None:
        """End everything."""
        self.stop()
        self._errors.close()


def run(asking: list[Question], implementation: Implementation) -> Iterator[Result]:
    """Ask one question after the other."""
    breakdowns = 0
    for question in asking:
        if breakdowns >= LAST_BREAKDOWNS:
            yield Result(question, "failed", f"not asked: it broke down {breakdowns} times in a row")
            continue
        try:
            answer = implementation.ask(question.asked)
        except Breakdown as breakdown:
            breakdowns += 1
            yield Result(question, "failed", str(breakdown))
        else:
            breakdowns = 0
            yield judged(question, answer)


def judged(question: Question, answer: dict[str, Any]) -> Result:
    """Whether an answer is right."""
    if "unsupported" in answer:
        return Result(question, "unsupported", str(answer["unsupported"]))
    if "refused" in answer:
        refusal = f"refused: {answer['refused']}"
        return Result(question, "passed", "") if question.refused else Result(question, "failed", refusal)
    given = answer["answer"]
    if question.refused:
        return Result(question, "failed", shown(given))
    equal = _equal_in_any_order if question.any_order else same
    if equal(given, question.wanted):
        return Result(question, "passed", "")
    if any(equal(given, plain) for plain in question.plain):
        return Result(question, "plain", "")
    return Result(question, "failed", shown(given))


def same(one: Any, other: Any) -> bool:
    """Whether two neutral values are the same: numbers are doubles, and entries of maps come in any order."""
    match one, other:
        case {"map": list(entries), **rest}, {"map": list(others), **more} if not rest and not more:
            return len(entries) == len(others) and _same_entries(entries, others)
        case dict(), dict():
            return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case (bool(), _) | (_, bool()):
            return one is other
        case (int() | float(), int() | float()):
            return float(one) == float(other)
        case _:
            return type(one) is type(other) and bool(one == other)


def _equal_in_any_order(one: Any, other: Any) -> bool:
    return same(one, other) or (isinstance(one, str) and same_literals(one, other))


def _same_entries(entries: list[Any], others: list[Any]) -> bool:
    left = list(others)
    for entry in entries:
        found = next((index for index, other in enumerate(left) if same(entry, other)), None)
        if found is None:
            return False
        del left[found]
    return True


def shown(value: Any) -> str:
    """A value as JSON, cut to a line that one can read."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:297]}..."


# --- the report -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expectation:
    """What is known to be answered otherwise: reason to keys."""

    reasons: dict[str, list[str]]

    @classmethod
    def read(cls, path: Path | None, asking: Callable[[str], bool]) -> Expectation:
        """An object from a reason to a list of keys, of which those that are asked count; none without a file."""
        reasons = {} if path is None else json.loads(path.read_text(encoding="utf-8"))
        return cls({reason: [key for key in keys if asking(key)] for reason, keys in reasons.items()})

    def reason_of(self, key: str) -> str | None:
        """Why the answer to a question is known to be another one."""
        return next((reason for reason, keys in self.reasons.items() if key in keys), None)


def report(results: list[Result], expectation: Expectation) -> list[str]:
    """The table, each difference that is not expected, and what is expected in vain."""
    by_file: dict[str, Counter[str]] = {}
    for result in results:
        by_file.setdefault(result.question.key.partition("/")[0], Counter())[result.verdict] += 1
    counts = [*by_file.items(), ("all", sum(by_file.values(), Counter()))]
    lines = [f"{'':<12}{'asked':>8}" + "".join(f"{verdict:>13}" for verdict in VERDICTS)]
    for name, count in counts:
        lines.append(f"{name:<12}{count.total():>8}" + "".join(f"{count[verdict]:>13}" for verdict in VERDICTS))
    known = Counter(expectation.reason_of(result.question.key) for result in results if result.verdict == "failed")
    lines += ["", *(f"{count} expected: {reason}" for reason, count in known.items() if reason is not None)]
    for result in unexpected(results, expectation):
        question = result.question
        wanted = "to be refused" if question.refused else shown(question.wanted)
        lines += ["", f"{question.key}  ({question.says})", f"  expected {wanted}", f"  got      {result.got}"]
    lines += [f"{key} is in the list of differences, and is none" for key in stale(results, expectation)]
    return lines


def unexpected(results: list[Result], expectation: Expectation) -> list[Result]:
    """The differences that nobody told about."""
    failed = (result for result in results if result.verdict == "failed")
    return [result for result in failed if expectation.reason_of(result.question.key) is None]


def stale(results: list[Result], expectation: Expectation) -> list[str]:
    """What is expected to differ, and does not; not where that changes from run to run."""
    failed = {result.question.key for result in results if result.verdict == "failed"}
    always = [keys for reason, keys in expectation.reasons.items() if not reason.startswith(SOMETIMES)]
    return [key for keys in always for key in keys if key not in failed]


def as_json(results: list[Result], expectation: Expectation) -> dict[str, Any]:
    """Everything but what passed, row by row."""
    return {
        "version": VERSION,
        "counts": Counter(result.verdict for result in results),
        "results": [
            {
                "key": result.question.key,
                "verdict": result.verdict,
                "asked": result.question.asked,
                **({"refused": True} if result.question.refused else {"expected": result.question.wanted}),
                "got": result.got,
                "reason": expectation.reason_of(result.question.key),
            }
            for result in results
            if result.verdict in ("failed", "unsupported")
        ],
    }


def main() -> None:
    """Ask, report, and exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="questions with this in their key")
    parser.add_argument("--expected", type=Path, metavar="FILE", help="known differences: JSON, from a reason to keys")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every difference as JSON")
    parser.add_argument("--vectors", type=Path, default=VECTORS, metavar="DIRECTORY", help="instead of those beside it")
    parser.add_argument("--timeout", type=float, default=ANSWER_SECONDS, metavar="SECONDS", help="for an answer")
    parser.add_argument("--start", type=float, default=START_SECONDS, metavar="SECONDS", help="for the first answer")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="what answers, behind `--`")
    options = parser.parse_args()

    def wanted(key: str) -> bool:
        return not options.only or any(text in key for text in options.only)

    asking = [question for question in questions(options.vectors) if wanted(question.key)]
    expectation = Expectation.read(options.expected, wanted)
    implementation = Implementation(options.command, options.timeout, options.start)
    try:
        results = list(run(asking, implementation))
    finally:
        implementation.close()
    print("\n".join(report(results, expectation)))
    if options.json:
        document = json.dumps(as_json(results, expectation), indent=1, ensure_ascii=False)
        options.json.write_text(document + "\n", encoding="utf-8")
    sys.exit(1 if unexpected(results, expectation) or stale(results, expectation) else 0)


if __name__ == "__main__":
    main()
