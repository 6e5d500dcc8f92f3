"""Large literals: stored whole, read transparently, and of lists no more than what is asked for."""

# mypy: disable-error-code="type-arg"
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from engines import CountingStore
from flytetypes import (
    JSON,
    FlyteFile,
    HashMethod,
    LazyList,
    Offloading,
    Pickled,
    StorageError,
    TypeEngine,
    idl,
    task,
    workflow,
)
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.interface import Interface
from flytetypes.storage import MemoryStore, ObjectInfo, StoreRouter
from flytetypes.types import offload_hash

ALL = Offloading(min_bytes=0)
ROOT = "memory://offloading"


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


def engine_on(store: MemoryStore, offloading: Offloading | None = None, **options: Any) -> TypeEngine:
    return TypeEngine(store=StoreRouter({"memory": store}), prefix=ROOT, offloading=offloading, **options)


# --- stored whole -----------------------------------------------------------------------------------------------------


def test_a_large_literal_is_stored_and_read_transparently(engine: TypeEngine) -> None:
    engine = TypeEngine(store=engine.store, prefix=engine.prefix, offloading=Offloading(min_bytes=1000))
    values = list(range(1000))
    literal = engine.to_literal(values, list[int])
    pointer = literal.offloaded_metadata
    inline = TypeEngine().to_literal(values, list[int])
    assert pointer.uri.startswith(engine.prefix)
    assert pointer.uri.endswith("/offloaded_metadata.pb")
    assert engine.store.get(pointer.uri) == inline.SerializeToString(deterministic=True)
    assert pointer.size_bytes == len(engine.store.get(pointer.uri))
    assert pointer.inferred_type == engine.literal_type(list[int])
    assert literal.hash == offload_hash(inline)
    assert engine.to_python(literal, list[int]) == values
    assert engine.from_bytes(engine.to_bytes(values, list[int]), list[int]) == values


def test_the_threshold_is_the_size_on_the_wire(store: CountingStore) -> None:
    literal = TypeEngine().to_literal("x" * 100, str)
    size = literal.ByteSize()
    assert engine_on(store, Offloading(min_bytes=size + 1)).to_literal("x" * 100, str) == literal
    assert engine_on(store, Offloading(min_bytes=size)).to_literal("x" * 100, str).HasField("offloaded_metadata")
    with pytest.raises(ConversionError) as caught:
        engine_on(store, Offloading(min_bytes=1, max_bytes=size)).to_literal("x" * 100, str)
    assert str(caught.value) == (
        f"expected a literal of less than {size} bytes, got one of {size} (pass large data as a FlyteFile, a "
        "FlyteDirectory or a StructuredDataset, or raise the limit) - at `$`"
    )


def test_the_hash_of_the_user_s_is_kept(store: CountingStore) -> None:
    annotation = Annotated[list[int], HashMethod(lambda _: "mine")]
    assert engine_on(store, ALL).to_literal([1], annotation).hash == "mine"


def test_what_a_large_literal_refers_to_is_read_too(store: CountingStore) -> None:
    engine = engine_on(store, ALL)
    literal = engine.to_literal([{1}, {2}], list[Pickled[set]])
    assert engine.to_python(literal, list[Pickled[set]]) == [{1}, {2}]


def test_to_literal_async_does_the_same(store: CountingStore) -> None:
    async def use() -> None:
        literal = await engine_on(store, ALL).to_literal_async([1, 2], list[int])
        assert literal.HasField("offloaded_metadata")
        assert await engine_on(store).to_python_async(literal, list[int]) == [1, 2]

    asyncio.run(use())


# --- the outputs of a call --------------------------------------------------------------------------------------------


def outputs() -> tuple[int, list[int]]:
    return 1, [1] * 1000


def test_the_environment_says_from_which_size_on_outputs_are_stored(
    store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    interface = Interface.of(outputs, engine_on(store))
    monkeypatch.setenv("_F_L_MIN_SIZE_MB", "0")
    literals = idl.LiteralMap.FromString(interface.encode_outputs(outputs())).literals
    assert [literals[name].offloaded_metadata.uri.rpartition("/")[2] for name in ("o0", "o1")] == [
        "o0_offloaded_metadata.pb",
        "o1_offloaded_metadata.pb",
    ]
    assert interface.decode_outputs(interface.encode_outputs(outputs())) == outputs()
    monkeypatch.setenv("_F_L_MIN_SIZE_MB", "1")
    before = store.list(ROOT)
    interface.encode_outputs(outputs())
    assert store.list(ROOT) == before
    monkeypatch.setenv("_F_L_MAX_SIZE_MB", "0")
    with pytest.raises(ConversionError, match=r"^expected a literal of less than 0 bytes, got one of 6 .* - at `o0`$"):
        interface.encode_outputs(outputs())
    monkeypatch.setenv("_F_L_MAX_SIZE_MB", "much")
    with pytest.raises(ConversionError) as caught:
        interface.encode_outputs(outputs())
    assert str(caught.value) == (
        "expected a whole number of mebibytes in the environment variable _F_L_MAX_SIZE_MB, got `str` 'much' - at `$`"
    )


def test_without_that_nothing_is_stored(store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_F_L_MIN_SIZE_MB", raising=False)
    Interface.of(outputs, engine_on(store)).encode_outputs(outputs())
    assert store.list(ROOT) == []
    assert (Offloading().min_bytes, Offloading().max_bytes) == (10 << 20, 1000 << 20)


# --- parts of a list --------------------------------------------------------------------------------------------------


def test_a_lazy_list_reads_what_it_is_asked_for(store: CountingStore) -> None:
    values = [f"value {number}" for number in range(100_000)]
    literal = engine_on(store, ALL).to_literal(values, list[str])
    lazy = engine_on(store).to_python(literal, LazyList[str])
    assert store.read_bytes == 0
    assert (len(lazy), lazy[5], lazy[-1]) == (100_000, "value 5", "value 99999")
    assert lazy[10:13] == values[10:13]
    assert lazy[13:10:-2] == values[13:10:-2]
    assert lazy[5:5] == []
    assert store.read_bytes < 500
    with pytest.raises(IndexError):
        lazy[100_000]
    assert list(lazy) == values
    assert lazy == values
    assert lazy != values[:-1]
    assert "value 7" in lazy


def test_a_lazy_list_is_passed_on_unread(store: CountingStore) -> None:
    literal = engine_on(store, ALL).to_literal([1, 2, 3], list[int])
    before = (store.read_bytes, store.list(ROOT))
    engine = engine_on(store)
    for _ in range(5):
        literal = engine.to_literal(engine.to_python(literal, LazyList[int]), LazyList[int])
    assert (store.read_bytes, store.list(ROOT)) == before
    assert engine.to_python(literal, list[int]) == [1, 2, 3]


def test_a_small_list_is_a_lazy_one_too() -> None:
    engine = TypeEngine()
    lazy = engine.to_python(engine.to_literal([1, 2, 3], LazyList[int]), LazyList[int])
    assert (lazy[1], lazy[1:], len(lazy), list(lazy), repr(lazy)) == (2, [2, 3], 3, [1, 2, 3], "<LazyList of int>")
    assert engine.literal_type(LazyList[int]) == engine.literal_type(list[int])


def test_what_another_sdk_stored_is_read_whole(store: CountingStore) -> None:
    literal = engine_on(store, ALL).to_literal([1, 2, 3], list[int])
    (index,) = [uri for uri in store.list(ROOT) if uri.endswith(".index")]
    store.delete(index)
    lazy = engine_on(store).to_python(literal, LazyList[int])
    assert (lazy[1], len(lazy), list(lazy)) == (2, 3, [1, 2, 3])


@pytest.mark.parametrize("damage", [b"", b"ftindex1", b"ftindex1" + b"\0" * 16, b"x" * 48])
def test_an_index_that_does_not_fit_is_not_used(store: CountingStore, damage: bytes) -> None:
    literal = engine_on(store, ALL).to_literal([1, 2, 3], list[int])
    store.put(f"{literal.offloaded_metadata.uri}.index", damage)
    assert list(engine_on(store).to_python(literal, LazyList[int])) == [1, 2, 3]


def test_elements_that_are_in_the_store_are_read_when_they_are_asked_for(store: CountingStore) -> None:
    literal = engine_on(store, ALL).to_literal([{1}, {2}], list[Pickled[set]])
    assert engine_on(store).to_python(literal, LazyList[Pickled[set]])[1] == {2}


def test_what_is_no_list_is_refused() -> None:
    engine = TypeEngine()
    with pytest.raises(ConversionError) as caught:
        engine.to_literal((1,), LazyList[int])
    assert str(caught.value) == "expected `LazyList[int]` or a `list`, got `tuple` (1,) - at `$`"
    with pytest.raises(ConversionError) as caught:
        engine.to_python(engine.to_literal(1, int), LazyList[int])
    assert str(caught.value) == "expected `LazyList[int]`, got the literal 1 - at `$`"
    with pytest.raises(ConversionError) as caught:
        engine.to_literal(engine.to_python(engine.to_literal(["a"], list[str]), LazyList[str]), LazyList[int])
    assert str(caught.value) == "expected `LazyList[int]`, got <LazyList of str> - at `$`"
    with pytest.raises(AnnotationError) as misused:
        engine.converter(LazyList)
    assert str(misused.value) == "`LazyList` says nothing about its elements: annotate `LazyList[T]`"


def test_a_promise_of_an_element_reads_that_element(store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_F_L_MIN_SIZE_MB", "0")
    monkeypatch.setattr("flytetypes.interface._engines", [engine_on(store)])

    @task
    def many() -> list[str]:
        return [f"value {number}" for number in range(10_000)]

    @task
    def twice(text: str) -> str:
        return text * 2

    @workflow
    def whole() -> str:
        return twice(text=many()[7])

    assert whole() == "value 7value 7"
    assert store.read_bytes < 1000


# --- by content -------------------------------------------------------------------------------------------------------


def test_the_same_content_is_stored_once(engine: TypeEngine, tmp_path: Path) -> None:
    engine = TypeEngine(store=engine.store, prefix=engine.prefix, content_addressed=True, offloading=ALL)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.txt").write_text("same")
    first = engine.to_literal([tmp_path / "a" / "same.txt"] * 2, list[FlyteFile])
    objects = engine.store.list(engine.prefix)
    assert len(objects) == 3  # the file, the literal, and its index
    assert engine.to_literal([tmp_path / "b" / "same.txt"] * 2, list[FlyteFile]) == first
    assert engine.store.list(engine.prefix) == objects
    digest = "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"
    files = engine.to_python(first, list[FlyteFile])
    assert [file.uri for file in files] == [f"{engine.prefix}sha256/{digest}/same.txt"] * 2
    assert files[0].read_text() == "same"


def test_what_is_named_by_its_content_is_verified_when_it_is_read(store: CountingStore) -> None:
    engine = engine_on(store, content_addressed=True)
    literal = engine.to_literal({1}, Pickled[set])
    uri = literal.scalar.blob.uri
    store.put(uri, store.get(uri) + b"x")
    with pytest.raises(StorageError, match=rf"^`{uri}` was changed or damaged: expected content of the digest sha256:"):
        engine.to_python(literal, Pickled[set])


def test_what_is_made_while_it_is_stored_is_made_once(store: CountingStore) -> None:
    engine = engine_on(store, content_addressed=True)
    made: list[int] = []

    def numbers() -> Iterator[Any]:
        for number in range(3):
            made.append(number)
            yield number

    literal = engine.to_literal(numbers(), Iterator[JSON])
    assert "/sha256/" in literal.scalar.blob.uri
    assert list(engine.to_python(literal, Iterator[JSON])) == made == [0, 1, 2]


def test_a_file_that_changes_meanwhile_does_not_take_the_name_of_another(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("original")

    class Changing(MemoryStore):
        def stat(self, uri: str) -> ObjectInfo:
            path.write_text("changed")
            return super().stat(uri)

    store = Changing()
    engine = engine_on(store, content_addressed=True)
    with pytest.raises(ConversionError) as caught:
        engine.to_literal([path], list[FlyteFile])
    assert str(caught.value) == (
        "expected a file that can be read, got another one (it was changed while it was uploaded) - at `$[0]`"
    )
    assert store.list(ROOT) == []


def test_arrays_named_by_their_content_are_verified() -> None:
    store = MemoryStore()
    engine = engine_on(store, content_addressed=True)
    literal = engine.to_literal(np.arange(3), np.ndarray)
    other = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://b").to_literal(np.arange(4), np.ndarray)
    store.put(literal.scalar.blob.uri, store.get(other.scalar.blob.uri))
    with pytest.raises(StorageError, match="was changed or damaged"):
        engine.to_python(literal, np.ndarray)
