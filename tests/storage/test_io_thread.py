"""Plain code waits for async code, wherever it is called."""

import asyncio
import gc
import subprocess
import sys
import threading
from concurrent.futures import CancelledError, Future
from contextvars import ContextVar

import pytest

from flytetypes.storage import LoopThread, run_sync

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
from flytetypes.storage import LoopThread, run_sync

async def process():
    return os.getpid()

assert run_sync(process()) == os.getpid()
child = os.fork()
if child == 0:
    os._exit(0 if run_sync(process()) == os.getpid() else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=30)


def test_what_is_submitted_while_a_loop_thread_closes_runs_is_cancelled_or_is_refused() -> None:
    async def wait() -> None:
        await asyncio.sleep(10)

    for _ in range(200):
        thread = LoopThread("closing")
        submitted: list[Future[None]] = [thread.submit(wait)]
        closer = threading.Thread(target=thread.close)
        closer.start()
        try:
            while True:
                submitted.append(thread.submit(wait))
        except RuntimeError as error:
            assert str(error) == "the thread closing has been closed"
        closer.join()
        for future in submitted:
            with pytest.raises(CancelledError):
                future.result(10)


def test_what_is_raised_after_a_future_was_cancelled_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    begun, ended = threading.Event(), threading.Event()

    async def raise_late() -> None:
        begun.set()
        try:
            await asyncio.sleep(10)
        finally:
            ended.set()
            raise LookupError("late")

    thread = LoopThread("late")
    future = thread.submit(raise_late)
    assert begun.wait(10)
    future.cancel()
    assert ended.wait(10)
    thread.submit(where).result(10)  # what went before has ended
    gc.collect()
    thread.close()
    assert caplog.records == []
