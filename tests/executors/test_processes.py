"""Tasks in processes of their own: what comes back, what does not, and that nothing is left behind."""

from __future__ import annotations

import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import closing
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import process_tasks as tasks
from flytetypes import ConversionError, OptionError, Task, map_task, task
from flytetypes.authoring import Attempt
from flytetypes.cli._load import load_file
from flytetypes.errors import RemoteTaskError, RunError, TaskInterruptedError, UnloadableError
from flytetypes.executors._failures import Failure, Origin
from flytetypes.executors._processes import ProcessExecutor, loadable
from flytetypes.executors._wire import FILE_ABOVE_BYTES

ATTEMPT = Attempt("run1", "n3", number=2)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessExecutor]:
    with closing(ProcessExecutor(2)) as executor:
        yield executor


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def submit(pool: ProcessExecutor, target: Task[..., Any], **inputs: Any) -> Future[bytes]:
    return pool.submit(target, target.interface.encode_inputs(inputs), ATTEMPT)


def run(pool: ProcessExecutor, target: Task[..., Any], **inputs: Any) -> Any:
    return target.interface.decode_outputs(submit(pool, target, **inputs).result())


def failure(pool: ProcessExecutor, target: Task[..., Any], **inputs: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        run(pool, target, **inputs)
    return caught.value


def script(directory: Path, text: str, name: str = "script.py") -> Path:
    path = directory / name
    path.write_text(textwrap.dedent(text))
    return path


def program(path: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, path.name], cwd=path.parent, capture_output=True, text=True, timeout=60, **options
    )


# --- what comes back --------------------------------------------------------------------------------------------------


def test_a_task_runs_in_another_process(pool: ProcessExecutor) -> None:
    assert run(pool, tasks.process_id) != os.getpid()


def test_a_task_gets_its_inputs_and_gives_its_outputs(pool: ProcessExecutor) -> None:
    assert run(pool, tasks.double, n=21) == 42


def test_an_async_task_is_awaited(pool: ProcessExecutor) -> None:
    assert run(pool, tasks.eventually, n=1) == 2


def test_a_task_knows_which_attempt_it_is(pool: ProcessExecutor) -> None:
    assert run(pool, tasks.where) == "flytesnacks:development:run1 n3 2 True"


@pytest.mark.parametrize("target", [tasks.thrice, tasks.renamed], ids=["made by a function", "another variable"])
def test_a_task_is_found_by_the_variable_that_holds_it(pool: ProcessExecutor, target: Any) -> None:
    assert run(pool, target, n=2) == target(n=2)


def test_a_task_that_is_no_function_runs_too(pool: ProcessExecutor) -> None:
    assert run(pool, tasks.shell, n=3) is None
    failed = failure(pool, tasks.shell, n=4)
    assert str(failed.error) == "Command '['/bin/sh', '-c', 'test 4 = 3']' returned non-zero exit status 1."
    assert type(failed.error) is subprocess.CalledProcessError


def test_large_inputs_and_outputs_leave_no_file_behind(pool: ProcessExecutor) -> None:
    times = 3 * FILE_ABOVE_BYTES
    text: str = run(pool, tasks.repeated, text="ab", times=times)
    assert text == "ab" * times
    assert run(pool, tasks.length, text=text) == 2 * times
    assert list(pool._pool.directory.glob("*puts")) == []
    assert stat.S_IMODE(pool._pool.directory.stat().st_mode) == stat.S_IRWXU


def test_the_directory_of_a_pool_may_be_cleaned_away(pool: ProcessExecutor) -> None:
    text = "ab" * FILE_ABOVE_BYTES
    assert run(pool, tasks.length, text=text) == len(text)
    shutil.rmtree(pool._pool.directory)
    assert run(pool, tasks.length, text=text) == len(text)


def test_what_a_task_stores_is_below_the_prefix_of_this_process(pool: ProcessExecutor, tmp_path: Path) -> None:
    file = run(pool, tasks.written, path=str(tmp_path / "written.txt"))
    assert Path(file).read_text() == "hello"
    assert Path(file).is_relative_to(tasks.written.interface.engine.prefix)


def test_a_process_is_used_again() -> None:
    with closing(ProcessExecutor(1)) as pool:
        assert run(pool, tasks.process_id) == run(pool, tasks.process_id)


def test_attempts_begin_in_the_order_in_which_they_came() -> None:
    with closing(ProcessExecutor(1)) as pool:
        begun: list[int] = []
        interface = tasks.double.interface
        futures = [
            pool.submit(tasks.double, interface.encode_inputs({"n": n}), Attempt("run", "n0"), partial(begun.append, n))
            for n in range(20)
        ]
        assert [tasks.double.interface.decode_outputs(each.result()) for each in futures] == [2 * n for n in range(20)]
        assert begun == list(range(20))


def test_tasks_run_at_the_same_time(pool: ProcessExecutor, tmp_path: Path) -> None:
    ours, theirs = (tmp_path / name for name in ("ours", "theirs"))
    os.mkfifo(ours)
    os.mkfifo(theirs)
    one = submit(pool, tasks.meets, mine=str(ours), theirs=str(theirs))
    # The other way round in its body, too: opening a fifo waits for who opens the other end.
    other = submit(pool, tasks.answers, mine=str(theirs), theirs=str(ours))
    for future in (one, other):
        assert tasks.meets.interface.decode_outputs(future.result()) == "here"


def test_the_environment_and_the_directory_are_those_of_this_process(
    pool: ProcessExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEN", "1")
    monkeypatch.chdir(tmp_path)
    assert run(pool, tasks.sees, variable="SEEN") == f"1 in {tmp_path}"
    monkeypatch.delenv("SEEN")
    assert run(pool, tasks.sees, variable="SEEN") == f"None in {tmp_path}"


def test_the_directory_that_a_task_has_gone_to_is_not_that_of_the_next() -> None:
    with closing(ProcessExecutor(1)) as pool:
        run(pool, tasks.leaves)
        assert run(pool, tasks.sees, variable="HOME") == f"{os.environ.get('HOME')} in {Path.cwd()}"


# --- processes that end -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "inputs", "message"),
    [
        (tasks.killed, {"by": 9}, "the process of the task was killed by SIGKILL"),
        (tasks.killed, {"by": 11}, "the process of the task was killed by SIGSEGV"),
        (tasks.killed, {"by": 40}, "the process of the task was killed by signal 40"),
        (tasks.ended, {"code": 3}, "the process of the task ended with exit code 3"),
        (tasks.exits, {"code": 4}, "the task ended its process by `sys.exit(4)`"),
        (tasks.interrupts, {}, "the task ended its process by `KeyboardInterrupt`"),
    ],
    ids=["SIGKILL", "SIGSEGV", "real time", "_exit", "sys.exit", "KeyboardInterrupt"],
)
def test_a_process_that_ends_is_an_attempt_that_was_interrupted(
    pool: ProcessExecutor, target: Any, inputs: dict[str, Any], message: str
) -> None:
    failed = failure(pool, target, **inputs)
    assert (failed.code, failed.origin, failed.recoverable) == ("Interrupted", Origin.SYSTEM, True)
    assert type(failed.error) is TaskInterruptedError
    assert str(failed.error) == message
    assert run(pool, tasks.double, n=1) == 2


def test_the_working_directory_of_a_task_that_was_killed_is_removed(pool: ProcessExecutor, tmp_path: Path) -> None:
    note = tmp_path / "note"
    assert failure(pool, tasks.killed_at_work, note=str(note)).code == "Interrupted"
    assert not Path(note.read_text()).exists()


def test_more_tasks_with_a_timeout_than_cores_run_at_the_same_time(tmp_path: Path) -> None:
    count = (os.cpu_count() or 1) + 2
    together = map_task(partial(tasks.meets_many, folder=str(tmp_path), count=count))
    assert together(number=list(range(count))) == list(range(count))


@pytest.mark.parametrize(
    ("interpreter", "message"),
    [
        ("/bin/false", "a process for tasks could not be started: it ended with exit code 1"),
        ("/no/such/python", "[Errno 2] No such file or directory: '/no/such/python'"),
    ],
)
def test_a_process_that_does_not_start_is_a_failure_of_the_system(
    interpreter: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(ProcessExecutor(1)) as pool:
        monkeypatch.setattr(sys, "executable", interpreter)
        failed = failure(pool, tasks.double, n=1)
        assert (failed.code, failed.origin, failed.recoverable) == ("SYSTEM", Origin.SYSTEM, True)
        assert str(failed.error) == message
        monkeypatch.undo()
        assert run(pool, tasks.double, n=1) == 2


def test_ctrl_c_is_no_business_of_a_worker(pool: ProcessExecutor) -> None:
    assert run(pool, tasks.survives, signal=2) == "survived"


def test_a_child_that_outlives_the_process_of_a_task_keeps_nobody_waiting(pool: ProcessExecutor, fifo: Path) -> None:
    failed = failure(pool, tasks.forks, fifo=str(fifo))
    assert str(failed.error) == "the process of the task was killed by SIGKILL"
    fifo.write_text("you may go")


def test_processes_that_are_killed_at_random_lose_no_attempt() -> None:
    chance = random.Random(7)
    with closing(ProcessExecutor(2)) as pool:
        waiting = {n: submit(pool, tasks.double, n=n) for n in range(500)}
        done: dict[int, int] = {}
        kills = 0
        while waiting:
            for n, future in list(waiting.items()):
                error = future.exception()
                if error is None:
                    done[n] = tasks.double.interface.decode_outputs(future.result())
                    del waiting[n]
                else:
                    assert isinstance(error, Failure), error
                    assert str(error.error) == "the process of the task was killed by SIGKILL"
                    waiting[n] = submit(pool, tasks.double, n=n)
                if kills < 8 and chance.random() < 0.05:
                    worker = chance.choice(pool._pool._slots).worker
                    if worker is not None and worker.is_ready:
                        worker._kill_group()
                        kills += 1
        assert done == {n: 2 * n for n in range(500)}
        assert kills > 0


# --- exceptions -------------------------------------------------------------------------------------------------------


def test_an_exception_keeps_its_class_and_shows_the_lines_of_the_task(pool: ProcessExecutor) -> None:
    failed = failure(pool, tasks.fails, n=0)
    assert (failed.code, failed.origin, failed.recoverable) == ("USER:RuntimeError", Origin.USER, False)
    line = tasks.fails.function.__code__.co_firstlineno + 2
    assert "".join(traceback.format_exception(failed.error)) == (
        "Traceback (most recent call last):\n"
        f'  File "{tasks.__file__}", line {line}, in fails\n'
        "    return 10 // n\n"
        "           ~~~^^~~\n"
        "ZeroDivisionError: integer division or modulo by zero\n"
        "in task `process_tasks.fails`\n"
        "with n=0\n"
    )


def test_what_python_keeps_in_slots_of_an_exception_arrives(pool: ProcessExecutor) -> None:
    error = failure(pool, tasks.missing, path="/no/such/file").error
    assert type(error) is FileNotFoundError
    assert (error.errno, error.filename) == (2, "/no/such/file")
    assert str(error) == "[Errno 2] No such file or directory: '/no/such/file'"


def test_an_exception_of_the_user_is_made_again_without_its_init(pool: ProcessExecutor) -> None:
    error = failure(pool, tasks.refused, order=7).error
    assert type(error) is tasks.Refused
    assert str(error) == "order 7 was refused"
    assert (error.order, error.reasons) == (7, ["late", "large"])
    assert str(error.lock).startswith("<unlocked _thread.lock object at ")
    assert not isinstance(error.lock, type(threading.Lock()))


def test_a_recoverable_exception_is_recoverable_here(pool: ProcessExecutor) -> None:
    failed = failure(pool, tasks.busy)
    assert (failed.code, failed.origin, failed.recoverable) == ("USER:Recoverable", Origin.USER, True)
    assert type(failed.error) is tasks.Busy


def test_what_cannot_be_carried_is_carried_as_its_repr(pool: ProcessExecutor) -> None:
    error = failure(pool, tasks.locked).error
    assert type(error) is ValueError
    lock, number = error.args
    assert number == 3
    assert lock.startswith("<unlocked _thread.lock object at ")


def test_a_cause_arrives(pool: ProcessExecutor) -> None:
    error = failure(pool, tasks.caused).error
    assert repr(error) == "RuntimeError('no number')"
    assert repr(error.__cause__) == """ValueError("invalid literal for int() with base 10: 'x'")"""


def test_an_exception_whose_class_nobody_here_has_is_told_by_its_name(pool: ProcessExecutor) -> None:
    error = failure(pool, tasks.unknown_class).error
    assert type(error) is RemoteTaskError
    assert error.type_name == "process_tasks.unknown_class.<locals>.Local"
    assert str(error) == "process_tasks.unknown_class.<locals>.Local: only here"
    assert error.__notes__ == ["in task `process_tasks.unknown_class`"]


def test_a_value_that_does_not_fit_is_told_with_its_path(pool: ProcessExecutor) -> None:
    failed = failure(pool, tasks.misfit, values=["a"])
    assert (failed.code, failed.origin, failed.recoverable) == ("SYSTEM", Origin.SYSTEM, False)
    assert type(failed.error) is ConversionError
    assert failed.error.path == "o0[0]"
    assert str(failed.error) == "`misfit`: expected `int`, got `str` 'a' - at `o0[0]`"


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_stopping_kills_the_process_of_a_task_and_its_children(pool: ProcessExecutor, fifo: Path) -> None:
    future = submit(pool, tasks.hangs, fifo=str(fifo))
    with fifo.open() as told:
        assert told.readline() == "hanging\n"
        assert pool.stop(future)
        assert told.read() == ""  # the end: nobody has the other end of the pipe any more
    assert future.cancelled()
    assert run(pool, tasks.double, n=1) == 2


def test_stopping_takes_an_attempt_out_of_the_queue(fifo: Path) -> None:
    with closing(ProcessExecutor(1)) as pool:
        running = submit(pool, tasks.hangs, fifo=str(fifo))
        queued = submit(pool, tasks.double, n=1)
        last = submit(pool, tasks.double, n=2)
        with fifo.open() as told:
            told.readline()
            assert pool.stop(queued)
            assert pool.stop(running)
        assert tasks.double.interface.decode_outputs(last.result()) == 4
        assert queued.cancelled()
        assert not pool.stop(last)


def test_closing_ends_everything(fifo: Path) -> None:
    pool = ProcessExecutor(1)
    running = submit(pool, tasks.hangs, fifo=str(fifo))
    queued = submit(pool, tasks.double, n=1)
    with fifo.open() as told:
        told.readline()
        worker = pool._pool._slots[0].worker
        assert worker is not None
        pool.close()
        assert told.read() == ""
    assert worker._process.returncode == -signal.SIGKILL
    for future in (running, queued):
        with pytest.raises(CancelledError):
            future.result()
    with pytest.raises(RunError) as caught:
        submit(pool, tasks.double, n=1)
    assert str(caught.value) == "the executor is closed, or belongs to the process that this one is a fork of"
    pool.close()


def test_closing_lets_an_idle_process_end_by_itself() -> None:
    pool = ProcessExecutor(1)
    run(pool, tasks.double, n=1)
    worker = pool._pool._slots[0].worker
    assert worker is not None
    pool.close()
    assert worker._process.returncode == 0


def test_an_executor_that_nobody_has_any_more_ends_its_processes() -> None:
    pool = ProcessExecutor(1)
    run(pool, tasks.double, n=1)
    worker = pool._pool._slots[0].worker
    assert worker is not None
    del pool
    assert worker._process.returncode == 0


def test_processes_end_with_the_one_that_started_them(tmp_path: Path, fifo: Path) -> None:
    path = script(
        tmp_path,
        f"""
        import sys
        sys.path.insert(0, {str(Path(tasks.__file__).parent)!r})
        import process_tasks as tasks
        from flytetypes.authoring import Attempt
        from flytetypes.executors._processes import ProcessExecutor

        if __name__ == "__main__":
            inputs = tasks.hangs.interface.encode_inputs({{"fifo": {str(fifo)!r}}})
            ProcessExecutor(1).submit(tasks.hangs, inputs, Attempt("r", "n0")).result()
        """,
    )
    parent = subprocess.Popen([sys.executable, str(path)])
    with fifo.open() as told:
        assert told.readline() == "hanging\n"
        parent.kill()
        assert told.read() == ""
    parent.wait()


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2"])
def test_a_number_of_workers_is_checked(workers: Any) -> None:
    with pytest.raises(OptionError, match=r"^`workers` is a number from 1 on; got `(int|float|str)` "):
        ProcessExecutor(workers)


# --- finding tasks ----------------------------------------------------------------------------------------------------

HEAD = """
import os, sys
from flytetypes import task
from flytetypes.authoring import Attempt
from flytetypes.executors._failures import Failure
from flytetypes.executors._processes import ProcessExecutor, loadable

class Unwanted(Exception):
    def __init__(self, a, b):
        self.both = a, b

@task
def checked(n: int) -> int:
    if n < 0:
        raise Unwanted(n, "negative")
    print("x" * n, end="")
    return n + 1

def run(target, **inputs):
    pool = ProcessExecutor(1)
    outputs = pool.submit(target, target.interface.encode_inputs(inputs), Attempt("r", "n0")).result()
    return target.interface.decode_outputs(outputs)
"""


def test_tasks_and_classes_of_a_script_are_found(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        HEAD
        + """
if __name__ == "__main__":
    print(run(checked, n=1), checked.name)
    try:
        run(checked, n=-1)
    except Failure as failure:
        print(type(failure.error) is Unwanted, failure.error.both)
""",
    )
    done = program(path)
    assert (done.stdout, done.stderr) == ("x2 script.checked\nTrue (-1, 'negative')\n", "")


def test_a_script_that_has_the_name_of_another_module_is_found(tmp_path: Path) -> None:
    """Its directory is not the first one on the path, as with `python -P`."""
    path = script(tmp_path, HEAD + 'if __name__ == "__main__":\n    print(run(checked, n=1))\n', "json.py")
    done = subprocess.run([sys.executable, "-P", str(path)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("x2\n", "")


def test_a_module_that_runs_as_a_program_is_found(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "other.py").write_text("")
    text = "from . import other\n" + HEAD + 'if __name__ == "__main__":\n    print(run(checked, n=1), checked.name)\n'
    script(tmp_path / "package", text, "program.py")
    done = subprocess.run([sys.executable, "-m", "package.program"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("x2 package.program.checked\n", "")


def test_a_task_may_print_as_much_as_it_likes(tmp_path: Path) -> None:
    path = script(tmp_path, HEAD + 'if __name__ == "__main__":\n    print(run(checked, n=50_000_000))\n')
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, str(path)], stdout=out, check=True)
    assert (tmp_path / "out").stat().st_size == 50_000_000 + len("50000001\n")


def test_a_script_that_does_not_ask_for_its_name_is_told_so(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        HEAD
        + """
try:
    print(run(checked, n=1))
except Failure as failure:
    print(failure.code, failure.error)
    print(loadable(checked) == str(failure.error))
""",
    )
    done = program(path)
    assert done.stdout == (
        "USER:RuntimeError the task `script.checked` could not be loaded in another process: RunError: "
        "the module `script` starts a run when it is imported: "
        'put that under `if __name__ == "__main__":`\nTrue\n'
    )


def test_what_is_typed_in_cannot_be_found() -> None:
    text = f"{HEAD}\nprint(loadable(checked))\n"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.stdout == (
        "the task `__main__.checked` was typed in, so there is no file that another process could load it from\n"
    )


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], ModuleType]]:
    """Makes a file, and loads it as the command line does."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def load(name: str, text: str) -> ModuleType:
        sys.modules.pop(Path(name).stem, None)
        return load_file(script(tmp_path, text, name))

    yield load
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


PLUS = """
from flytetypes import task
class Odd(Exception): pass
@task
def plus(n: int) -> int:
    if n == 0: raise Odd("zero")
    return n + {}
"""


@pytest.mark.parametrize("name", ["plain_name.py", "my-tasks.py", "json.py"], ids=["its name", "no name", "taken"])
def test_a_task_in_a_file_that_was_loaded_by_path_is_found(
    pool: ProcessExecutor, module: Callable[[str, str], ModuleType], name: str
) -> None:
    loaded = module(name, PLUS.format(5)) if name != "json.py" else _beside(module, name)
    assert run(pool, loaded.plus, n=1) == 6
    assert type(failure(pool, loaded.plus, n=0).error) is loaded.Odd


def _beside(module: Callable[[str, str], ModuleType], name: str) -> ModuleType:
    import json

    taken = sys.modules.pop("json")
    try:
        sys.modules["json"] = json
        path = module("other_name.py", "").__file__
        assert path is not None
        return load_file(script(Path(path).parent, PLUS.format(5), name))
    finally:
        sys.modules["json"] = taken


def test_a_file_that_was_changed_and_loaded_again_is_loaded_again(
    pool: ProcessExecutor, module: Callable[[str, str], ModuleType]
) -> None:
    assert run(pool, module("changing.py", PLUS.format(1)).plus, n=1) == 2
    assert run(pool, module("changing.py", PLUS.format(100)).plus, n=1) == 101


def test_a_module_that_another_process_cannot_load_is_told_with_the_reason(
    pool: ProcessExecutor, module: Callable[[str, str], ModuleType]
) -> None:
    text = "import sys\nassert 'flytetypes.executors._worker' not in sys.modules, 'not here'\n"
    loaded = module("picky.py", text + PLUS.format(1))
    assert loadable(loaded.plus) is None
    failed = failure(pool, loaded.plus, n=1)
    message = "the task `picky.plus` could not be loaded in another process: AssertionError: not here"
    assert (failed.code, failed.origin, failed.recoverable) == ("USER:RuntimeError", Origin.USER, False)
    assert type(failed.error) is UnloadableError
    assert str(failed.error) == message
    assert repr(failed.error.__cause__) == "AssertionError('not here')"
    assert loadable(loaded.plus) == message


def test_a_nested_function_is_refused(pool: ProcessExecutor) -> None:
    @task
    def nested(n: int) -> int:
        return n

    message = (
        "the task `test_processes.test_a_nested_function_is_refused.<locals>.nested` is defined inside of a function, "
        "so another process could not find it: define it at the top level of a module"
    )
    assert loadable(nested) == message
    with pytest.raises(UnloadableError) as caught:
        submit(pool, nested, n=1)
    assert str(caught.value) == message


def test_what_tests_replace_is_not_run_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loadable(tasks.double) is None
    replaced = "the function of the task `process_tasks.double` was replaced, which other processes do not see"
    original = tasks.double
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "double", 3)
        patch.setattr(tasks, "renamed", 3)
        assert loadable(original) == (
            "another process would look for the task at `process_tasks.double`, where there is `int` 3"
        )
    assert loadable(original) is None
    with monkeypatch.context() as patch:
        patch.setattr(original, "function", lambda n: n)
        assert loadable(original) == replaced
    assert loadable(original) is None
    with monkeypatch.context() as patch:
        patch.setattr(original, "run", lambda arguments: 3)
        assert loadable(original) == replaced
    assert loadable(original) is None
