"""Plain code waits for async code, wherever it is called."""

import asyncio
import subprocess
import sys
import threading
from contextvars import ContextVar

import pytest

from flytetypes.storage import run_sync

colour: ContextVar[str] = ContextVar("colour", default="none")


async def where() -> threading.Thread:
    return threading.current_thread()


def test_all_coroutines_run_on_one_thread_of_their_own() -> None:
    thread = run_sync(where())
    assert thread is run_sync(where())
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_it_works_under_a_running_loop() -> None:
    async def notebook() -> threading.Thread:
        return run_sync(where())

    assert asyncio.run(notebook()) is run_sync(where())


def test_what_a_coroutine_raises_is_raised() -> None:
    async def fail() -> None:
        raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        run_sync(fail())


def test_on_its_own_thread_it_refuses() -> None:
    async def outer() -> None:
        run_sync(where())

    with pytest.raises(RuntimeError) as caught:
        run_sync(outer())
    assert str(caught.value) == (
        "this is the I/O thread, where a plain verb would wait for itself: await its `_async` twin"
    )


def test_a_coroutine_sees_the_callers_context() -> None:
    async def look() -> str:
        return colour.get()

    token = colour.set("red")
    try:
        assert run_sync(look()) == "red"
    finally:
        colour.reset(token)


def test_a_forked_process_starts_a_thread_of_its_own() -> None:
    script = """
import os
from flytetypes.storage import run_sync

async def process():
    return os.getpid()

assert run_sync(process()) == os.getpid()
child = os.fork()
if child == 0:
    os._exit(0 if run_sync(process()) == os.getpid() else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=30)
