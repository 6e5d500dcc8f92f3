"""Engines that store what they make, stores that count, and what most tests do with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flytetypes.storage import LocalStore, MemoryStore, StoreRouter
from flytetypes.types import TypeEngine

KINDS = ("memory", "local", "memory by content", "local by content")


def engine_of(kind: str, tmp_path: Path, *, memory: MemoryStore | None = None) -> TypeEngine:
    """An engine whose new objects go to one kind of store that is near.

    Args:
        kind: One of `KINDS`.
        tmp_path: Where the local ones go.
        memory: The store for those in memory; by default a new one.
    """
    store = StoreRouter({"memory": memory if memory is not None else MemoryStore(), "file": LocalStore()})
    prefix = f"{tmp_path}/raw/" if "local" in kind else "memory://data/"
    return TypeEngine(store=store, prefix=prefix, content_addressed="content" in kind)


def back(engine: TypeEngine, value: Any, annotation: Any) -> Any:
    """The value that comes back when one is written and read."""
    return engine.to_python(engine.to_literal(value, annotation), annotation)


def refused(error: type[Exception], call: Callable[[], Any]) -> str:
    """The message of the error that a call raises."""
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


class CountingStore(MemoryStore):
    """Notes what is asked of it, and counts the bytes that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.read_bytes = 0

    def get(self, uri: str) -> bytes:
        self.asked.append("get")
        return self._counted(super().get(uri))

    def get_range(self, uri: str, start: int, length: int) -> bytes:
        self.asked.append(f"range of {length}")
        return self._counted(super().get(uri)[start : start + length])

    def list(self, prefix: str) -> list[str]:
        self.asked.append("list")
        return super().list(prefix)

    def _counted(self, data: bytes) -> bytes:
        self.read_bytes += len(data)
        return data
