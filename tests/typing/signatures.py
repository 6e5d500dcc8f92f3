"""What type checkers see of tasks and workflows: read by mypy and by pyright, never run.

Each line with an `ignore` must be an error: an ignore that is not needed is one itself.
"""

from typing import NamedTuple, assert_type

from flytetypes import FunctionWorkflow, Task, TypeEngine, idl, task, workflow


class Out(NamedTuple):
    number: int
    text: str


@task
def increased(n: int, by: int = 1) -> int:
    """Increase a number."""
    return n + by


@task()
def named(n: int) -> Out:
    return Out(n, "x")


@workflow
def flow(n: int) -> tuple[int, str]:
    number, text = named(n=increased(n=n))
    assert_type(number, int)
    return number, text


def good(engine: TypeEngine) -> None:
    assert_type(increased(n=1), int)
    assert_type(increased(n=1, by=2), int)
    assert_type(named(n=1).text, str)
    assert_type(flow(n=1), tuple[int, str])
    assert_type(increased.function(1), int)
    assert_type(engine.to_python(idl.Literal(), int), int)
    assert_type(engine.from_bytes(b"", str), str)
    assert_type(engine.to_literal(1, int), idl.Literal)
    assert isinstance(increased, Task)
    assert isinstance(flow, FunctionWorkflow)


def bad() -> None:
    increased()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    increased(n="x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    increased(m=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    increased(n=increased)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    named(n=1).gone  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    flow(n=named(n=1).text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    task(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
