"""Flyte's own compiler, asked: the Go program in `go/` is built once, and answers many questions a run.

It tells whether one type fits another, which type a literal has, and whether a workflow compiles, with the codes of its
errors. Everything goes in and out as serialised messages; `go/main.go` has the form of the lines.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flytetypes import idl

SOURCE = Path(__file__).parent / "go"
CACHE = Path(__file__).parents[2] / ".cache"

needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="needs Go: it builds and asks Flyte's compiler")


@dataclass(frozen=True)
class LaunchPlan:
    """A launch plan as the compiler sees it, in serialised messages."""

    id: bytes
    """Identifier."""
    inputs: bytes
    """ParameterMap: the inputs of its workflow, with what is default and what is required."""
    outputs: bytes
    """VariableMap."""
    fixed: bytes = b""
    """LiteralMap: inputs that no node may bind; they are taken out of `inputs`, but for those that have a default there."""


@dataclass(frozen=True)
class WorkflowQuestion:
    """Does this workflow compile, with these others beside it? In serialised messages."""

    template: bytes
    """WorkflowTemplate."""
    sub_workflows: Sequence[bytes] = ()
    """WorkflowTemplates."""
    tasks: Sequence[bytes] = ()
    """TaskTemplates; they are compiled first, and those that fail are not there for the workflow."""
    launch_plans: Sequence[LaunchPlan] = ()


@dataclass(frozen=True)
class Verdict:
    """What the compiler says about a workflow."""

    accepted: bool
    codes: list[str]
    """The codes of its errors, each once, sorted."""
    errors: list[str]
    """Its errors, each with code, node and description; where they show messages, the white space is not always the same."""
    task_codes: list[str]
    """The codes of errors in tasks, each once, sorted."""
    closure: bytes | None
    """CompiledWorkflowClosure, when it is accepted; always the same bytes for the same question."""
    crashed: bool = False
    """Whether the compiler itself broke down: then there is nothing else."""


@cache
def build() -> Path:
    """The program, built once for each state of its sources; takes a minute then."""
    sources = b"".join(path.read_bytes() for path in sorted(SOURCE.iterdir()))
    program = CACHE / f"flyte-compiler-{hashlib.sha256(sources).hexdigest()[:16]}"
    if not program.exists():
        CACHE.mkdir(exist_ok=True)
        unfinished = program.with_name(f"{program.name}.{os.getpid()}")  # somebody else may be building it too
        subprocess.run(
            ["go", "build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", unfinished, "."],
            cwd=SOURCE,
            check=True,
        )
        unfinished.replace(program)
    return program


def ask(program: Path, questions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One answer for each question. One that ends the process is answered as a crash, and the rest is asked anew."""
    answers: list[dict[str, Any]] = []
    while len(answers) < len(questions):
        lines = "".join(json.dumps(question) + "\n" for question in questions[len(answers) :])
        done = subprocess.run([program], input=lines, capture_output=True, text=True, check=False)
        answers += [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode != 0:
            assert "stack overflow" in done.stderr or "stack exceeds" in done.stderr, done.stderr[:2000]
            answers.append({"crash": True})
    return answers


def wire(message: idl.Message) -> str:
    """A message as the program reads it."""
    return _text(message.SerializeToString(deterministic=True))


def ask_castable(program: Path, pairs: Sequence[tuple[idl.LiteralType, idl.LiteralType]]) -> list[bool | None]:
    """Whether the first of each pair fits the second: True, False, or None for a crash."""
    answers = ask(program, [{"upstream": wire(have), "downstream": wire(want)} for have, want in pairs])
    assert all("crash" in answer or "castable" in answer for answer in answers)
    return [None if answer.get("crash") else answer["castable"] for answer in answers]


def compile_workflow(
    program: Path,
    template: bytes,
    sub_workflows: Sequence[bytes] = (),
    tasks: Sequence[bytes] = (),
    launch_plans: Sequence[LaunchPlan] = (),
) -> Verdict:
    """Compile one workflow; see `WorkflowQuestion` for what comes in."""
    return compile_workflows(program, [WorkflowQuestion(template, sub_workflows, tasks, launch_plans)])[0]


def compile_workflows(program: Path, questions: Sequence[WorkflowQuestion]) -> list[Verdict]:
    """A verdict for each question, in their order."""
    return [_verdict(answer) for answer in ask(program, [_told(question) for question in questions])]


def _told(question: WorkflowQuestion) -> dict[str, Any]:
    return {
        "workflow": _text(question.template),
        "sub_workflows": [_text(data) for data in question.sub_workflows],
        "tasks": [_text(data) for data in question.tasks],
        "launch_plans": [
            {name: _text(getattr(plan, name)) for name in ("id", "inputs", "outputs", "fixed")}
            for plan in question.launch_plans
        ],
    }


def _verdict(answer: dict[str, Any]) -> Verdict:
    if answer.get("crash"):
        return Verdict(False, [], [answer["error"]] if "error" in answer else [], [], None, crashed=True)
    assert "accepted" in answer, answer
    closure = answer.get("closure")
    return Verdict(
        answer["accepted"],
        answer["codes"],
        answer["errors"],
        answer["task_codes"],
        None if closure is None else base64.b64decode(closure),
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
