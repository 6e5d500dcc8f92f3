"""What is called wrongly, or holds something that fails by itself, gets an error of ours: one line, with a path."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal, Optional, Union

import pytest

from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.storage import MemoryStore
from flytetypes.types import HashMethod, Pickled, TypeEngine, castable

ENGINE = TypeEngine(store=MemoryStore(), prefix="memory://misuse/")


class Unpicklable:
    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def __reduce__(self) -> Any:
        raise self.error("no\nway")


@pytest.mark.parametrize("error", [ZeroDivisionError, RuntimeError, TypeError, AttributeError])
def test_what_reduce_raises_is_a_conversion_error(error: type[Exception]) -> None:
    with pytest.raises(ConversionError) as caught:
        ENGINE.to_literal([Unpicklable(error)], list[Pickled[Any]])
    assert "no way" in str(caught.value)
    assert type(caught.value.__cause__) is error
    assert str(caught.value).endswith(" - at `$[0]`")
    assert len(str(caught.value).splitlines()) == 1


def test_a_value_too_deep_to_pickle_is_a_conversion_error() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(ConversionError, match="RecursionError"):
        ENGINE.to_literal(deep, Pickled[list[Any]])


@pytest.mark.parametrize("face", ["to_literal", "to_bytes"])
def test_a_hash_method_that_raises_is_a_conversion_error_with_its_cause(face: str) -> None:
    def reciprocal(value: int) -> str:
        return str(1 // value)

    with pytest.raises(ConversionError) as caught:
        getattr(ENGINE, face)([1, 0], list[Annotated[int, HashMethod(reciprocal)]])
    assert caught.value.path == "$[1]"
    assert "ZeroDivisionError" in str(caught.value)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(("form", "advice"), [(Union, "Union[A, B]"), (Literal, 'Literal["a", "b"]')])
@pytest.mark.parametrize("ask", ["converter", "plain", "explain"])
def test_a_bare_form_is_told_to_take_arguments(form: Any, advice: str, ask: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        getattr(ENGINE, ask)(form)
    assert advice in str(caught.value)
    assert "``" not in str(caught.value)
    assert "[]" not in str(caught.value)


def test_a_bare_optional_is_told_to_take_an_argument() -> None:
    with pytest.raises(AnnotationError, match=r"Optional\[T\]"):
        ENGINE.converter(Optional)


@pytest.mark.parametrize("annotation", [Union[int, str], Literal["a"]])
def test_explain_names_the_form(annotation: Any) -> None:
    steps = ENGINE.explain(annotation).steps
    assert any(
        step.startswith(("registered for its origin `Union`", "registered for its origin `Literal`")) for step in steps
    )


BYTES_OF = [int, list[int], dict[str, int], Union[int, str], dict, Pickled[set[int]], Optional[list[int]]]


@pytest.mark.parametrize("annotation", BYTES_OF, ids=str)
@pytest.mark.parametrize("data", ["abc", None, 3, idl.Literal()], ids=["text", "None", "int", "literal"])
def test_what_is_not_bytes_is_refused_clearly(annotation: Any, data: Any) -> None:
    with pytest.raises(ConversionError, match="expected `bytes` of a Literal, got") as caught:
        ENGINE.from_bytes(data, annotation)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("annotation", BYTES_OF, ids=str)
@pytest.mark.parametrize("literal", [None, b"", 3, idl.LiteralType()], ids=["None", "bytes", "int", "type"])
def test_what_is_no_literal_is_refused_clearly(annotation: Any, literal: Any) -> None:
    with pytest.raises(ConversionError, match="expected a `Literal`, got"):
        ENGINE.to_python(literal, annotation)


def test_what_is_no_literal_is_refused_clearly_in_a_loop() -> None:
    with pytest.raises(ConversionError, match="expected a `Literal`, got"):
        asyncio.run(ENGINE.to_python_async(None, int))  # type: ignore[arg-type]


def test_castable_wants_types_of_the_wire() -> None:
    integer = idl.LiteralType(simple=idl.SimpleType.INTEGER)
    for pair in ((int, str), (integer, str), (int, integer), (None, None)):
        with pytest.raises(ConversionError, match="expected a `LiteralType`, got"):
            castable(*pair)


@pytest.mark.parametrize("ask", ["converter", "plain", "explain", "literal_type"])
def test_an_annotation_too_deep_to_compile_is_an_annotation_error(ask: str) -> None:
    annotation: Any = int
    for _ in range(400):
        annotation = list[annotation]
    with pytest.raises(AnnotationError, match="nests too deep"):
        getattr(ENGINE, ask)(annotation)


# --- what the data names ----------------------------------------------------------------------------------------------


def offloaded(uri: str) -> idl.Literal:
    literal = idl.Literal()
    literal.offloaded_metadata.uri = uri
    return literal


def pickled(uri: str) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.blob.uri = uri
    return literal


class Recording(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def get(self, uri: str) -> bytes:
        self.asked.append(uri)
        return super().get(uri)


@pytest.mark.parametrize("uri", ["", "secret", "./secret", "../secret", "a/b", "s3:/x", "://x"])
@pytest.mark.parametrize(("make", "annotation"), [(offloaded, int), (pickled, Pickled[int])])
def test_relative_and_empty_uris_are_refused(make: Any, annotation: Any, uri: str) -> None:
    store = Recording()
    with pytest.raises(ConversionError, match="absolute path"):
        TypeEngine(store=store).to_python(make(uri), annotation)
    assert store.asked == []


def test_relative_uris_are_not_fetched_along_with_good_ones() -> None:
    store = Recording()
    engine = TypeEngine(store=store)
    store.put("memory://x/1", engine.to_bytes(1, int))
    literal = idl.Literal()
    literal.collection.literals.extend([offloaded("memory://x/1"), offloaded("secret")])
    with pytest.raises(ConversionError, match=r"absolute path.* - at `\$\[1\]`"):
        engine.to_python(literal, list[int])
    assert store.asked == ["memory://x/1"]


def test_a_relative_prefix_is_a_directory_of_the_working_directory(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = TypeEngine(prefix="out")
    literal = engine.to_literal({1}, Pickled[set[int]])
    assert literal.scalar.blob.uri.startswith(f"{tmp_path}/out/")
    assert engine.to_python(literal, Pickled[set[int]]) == {1}
