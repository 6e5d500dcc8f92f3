# ruff: noqa: S101 - the asserts are what this module is for
"""What every transformer has to do, as tests: the laws that hold for each annotation and each value of it.

class TestLedger(TransformerSuite):
    annotation = Ledger

    def register(self, registry: Registry) -> None:
        registry.register(LedgerTransformer(), Ledger)

    def values(self, annotation: Any) -> Iterable[Any]:
        return [Ledger([]), Ledger([3, 4])]
"""

import asyncio
import copy
import dataclasses
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, ClassVar, Final, Optional, Union

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from flytetypes import idl
from flytetypes._annotations import source_of
from flytetypes.errors import AnnotationError, ConversionError, describe
from flytetypes.interface import default_engine
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.testing._same import same
from flytetypes.testing._values import values as values_of
from flytetypes.types import Converter, Registry, TypeEngine, castable, literal_type_of

THREADS: Final = 8


class Stranger:
    """A class that no transformer takes."""

    def __repr__(self) -> str:
        return "Stranger()"


@dataclasses.dataclass
class Neighbour:
    """The other variant of a union."""

    name: str = "next door"


# How a container is made of an annotation and of its values. The first ones are literals themselves, the last a struct.
_Container = tuple[Callable[[Any], Any], Callable[[SearchStrategy[Any]], SearchStrategy[Any]]]
_AROUND: Final[dict[str, _Container]] = {
    "list": (lambda annotation: list[annotation], lambda values: st.lists(values, max_size=3)),  # type: ignore[valid-type]
    "dict": (
        lambda annotation: dict[str, annotation],  # type: ignore[valid-type]
        lambda values: st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), values, max_size=3),
    ),
    "optional": (lambda annotation: Optional[annotation], lambda values: st.none() | values),  # noqa: UP045
    "union": (lambda annotation: Union[Neighbour, annotation], lambda values: st.builds(Neighbour) | values),  # noqa: UP007
}


def _dataclass_around(annotation: Any) -> type:
    """A dataclass with a field for the annotation, and one for each container of it."""
    fields: list[Any] = [("alone", annotation)]
    fields += [(name, made(annotation)) for name, (made, _) in _AROUND.items()]
    return dataclasses.make_dataclass("Around", fields, namespace={"__module__": __name__})


class TransformerSuite:
    """Tests for a transformer; subclass it in a test file, under a name that begins with `Test`.

    Attributes:
        annotation: What the transformer compiles.
        annotations: Several of them, instead: each is tested.
        wrong_values: Values that have to be refused wherever one of the annotation is expected.
        on_the_wire: Whether it has a literal of its own; False for what exists inside structs only.
        inside_structs: Whether it can be the field of a dataclass.
        guessable: Whether its LiteralType says enough to find an annotation for it.
        examples: How many values each test draws, when they are drawn.
    """

    annotation: Any
    annotations: ClassVar[Sequence[Any]] = ()
    wrong_values: ClassVar[Sequence[Any]] = (Stranger(),)
    on_the_wire: ClassVar[bool] = True
    inside_structs: ClassVar[bool] = True
    guessable: ClassVar[bool] = True
    examples: ClassVar[int] = 25

    def register(self, registry: Registry) -> None:
        """Register what is tested, unless the default engine knows it already."""

    def make_engine(self) -> TypeEngine:
        """A new engine to test with; by default one that knows what the default engine knows, and a store in memory."""
        registry = default_engine().registry.copy()
        self.register(registry)
        return TypeEngine(
            registry, store=StoreRouter({"memory": MemoryStore()}), prefix="memory://transformers/objects"
        )

    def values(self, annotation: Any) -> SearchStrategy[Any] | Iterable[Any]:
        """Values of an annotation, or a strategy that draws them."""
        return values_of(annotation, self.make_engine())

    def same(self, one: Any, other: Any) -> bool:
        """Whether two values are the same; for classes whose `==` says something else."""
        return same(one, other)

    # --- the machinery ------------------------------------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "annotation" in metafunc.fixturenames:
            if not self.annotations and not hasattr(self, "annotation"):
                raise pytest.UsageError(f"{type(self).__name__} has nothing to test: give it an `annotation`")
            annotations = self.annotations or (self.annotation,)
            metafunc.parametrize("annotation", annotations, ids=list(map(source_of, annotations)))

    def _strategy(self, annotation: Any) -> SearchStrategy[Any]:
        found = self.values(annotation)
        return found if isinstance(found, SearchStrategy) else st.sampled_from(list(found))

    def _for_each(self, drawn: SearchStrategy[Any], law: Callable[[Any], None], examples: int | None = None) -> None:
        @settings(
            max_examples=examples or self.examples,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        )
        @given(drawn)
        def holds(value: Any) -> None:
            law(value)

        holds()

    def _alone(self, annotation: Any) -> tuple[Any, SearchStrategy[Any]]:
        """The annotation with its values; in the least struct when it has no literal of its own."""
        drawn = self._strategy(annotation)
        return (annotation, drawn) if self.on_the_wire else (dict[int, annotation], drawn.map(lambda value: {0: value}))

    def _around(self, around: str, annotation: Any) -> tuple[Any, SearchStrategy[Any]]:
        """A container of the annotation with its values; skips a test where there is none."""
        drawn = self._strategy(annotation)
        if around == "dataclass":
            if not self.inside_structs:
                pytest.skip("it has no form inside structs")
            cls = _dataclass_around(annotation)
            fields = {name: made(drawn) for name, (_, made) in _AROUND.items()}
            return cls, st.builds(cls, alone=drawn, **fields)
        if not self.on_the_wire:
            pytest.skip("it has no literal of its own")
        annotated, made = _AROUND[around]
        return annotated(annotation), made(drawn)

    def _check_round_trip(self, converter: Converter[Any], value: Any) -> None:
        literal = converter.to_literal(value)
        data = converter.to_bytes(value)
        # Both faces, and each one's output read by the other.
        for name, back in (
            ("to_python(to_literal)", converter.to_python(literal)),
            ("from_bytes(to_bytes)", converter.from_bytes(data)),
            ("to_python of to_bytes", converter.to_python(idl.Literal.FromString(data))),
            ("from_bytes of to_literal", converter.from_bytes(literal.SerializeToString())),
        ):
            assert self.same(back, value), f"{name} gives back {describe(back)} for {describe(value)}"

    @staticmethod
    def _is_inline(converter: Converter[Any]) -> bool:
        """Whether nothing of it can lie in the store, where each upload has a name of its own."""
        return converter.offloads is None

    # --- values -------------------------------------------------------------------------------------------------------

    def test_what_comes_back_is_what_went_in(self, annotation: Any) -> None:
        annotation, drawn = self._alone(annotation)
        converter = self.make_engine().converter(annotation)
        self._for_each(drawn, lambda value: self._check_round_trip(converter, value))

    @pytest.mark.parametrize("around", [*_AROUND, "dataclass"])
    def test_what_comes_back_is_what_went_in_inside_a(self, around: str, annotation: Any) -> None:
        annotation, drawn = self._around(around, annotation)
        converter = self.make_engine().converter(annotation)
        self._for_each(drawn, lambda value: self._check_round_trip(converter, value))

    def test_a_value_has_the_same_bytes_every_time_and_everywhere(self, annotation: Any) -> None:
        annotation, drawn = self._alone(annotation)
        converter, other = (self.make_engine().converter(annotation) for _ in range(2))

        def law(value: Any) -> None:
            literal = converter.to_literal(value)
            if not self._is_inline(converter):
                return
            data = converter.to_bytes(value)
            assert literal.SerializeToString(deterministic=True) == data, "to_literal and to_bytes differ"
            assert converter.to_bytes(value) == data, "a second time it has other bytes"
            assert converter.to_bytes(converter.from_bytes(data)) == data, "what came back has other bytes"
            assert other.to_bytes(value) == data, "another engine gives other bytes"

        self._for_each(drawn, law)

    def test_converting_leaves_the_value_as_it_was(self, annotation: Any) -> None:
        annotation, drawn = self._alone(annotation)
        converter = self.make_engine().converter(annotation)

        def law(value: Any) -> None:
            try:
                before = copy.deepcopy(value)
            except TypeError:
                reject()
            converter.to_literal(value)
            assert self.same(value, before), "to_literal changed the value"
            converter.to_bytes(value)
            assert self.same(value, before), "to_bytes changed the value"

        self._for_each(drawn, law)

    def test_reading_leaves_the_literal_as_it_was(self, annotation: Any) -> None:
        annotation, drawn = self._alone(annotation)
        converter = self.make_engine().converter(annotation)

        def law(value: Any) -> None:
            literal = converter.to_literal(value)
            before = literal.SerializeToString(deterministic=True)
            converter.to_python(literal)
            assert literal.SerializeToString(deterministic=True) == before, "to_python changed the literal"

        self._for_each(drawn, law)

    def test_async_calls_do_the_same(self, annotation: Any) -> None:
        annotation, drawn = self._alone(annotation)
        engine = self.make_engine()

        async def law(value: Any) -> None:
            literal = await engine.to_literal_async(value, annotation)
            back = await engine.to_python_async(literal, annotation)
            assert self.same(back, value), f"the async calls give back {describe(back)} for {describe(value)}"

        self._for_each(drawn, lambda value: asyncio.run(law(value)), examples=5)

    # --- types --------------------------------------------------------------------------------------------------------

    def test_the_type_is_the_same_every_time_and_everywhere(self, annotation: Any) -> None:
        annotation, _ = self._alone(annotation)
        one, other = (self.make_engine().literal_type(annotation) for _ in range(2))
        assert one == other
        assert one.WhichOneof("type") is not None, "the LiteralType says nothing"

    def test_a_literal_fits_the_type(self, annotation: Any) -> None:
        """By the backend's own check of constants: the type that it infers is castable to the declared one."""
        annotation, drawn = self._alone(annotation)
        converter = self.make_engine().converter(annotation)

        def law(value: Any) -> None:
            literal = converter.to_literal(value)
            inferred = literal_type_of(literal)
            assert inferred is not None, f"Flyte knows no type for {idl.render_literal(literal)}"
            verdict = castable(inferred, converter.literal_type)
            assert verdict, str(verdict)

        self._for_each(drawn, law)

    def test_a_guess_has_the_type_and_reads_the_literal(self, annotation: Any) -> None:
        annotation, drawn = self._alone(annotation)
        engine = self.make_engine()
        literal_type = engine.literal_type(annotation)
        if not self.guessable:
            with pytest.raises(AnnotationError):
                engine.guess(literal_type)
            return
        guessed = engine.guess(literal_type)
        assert engine.literal_type(guessed) == literal_type, f"`{source_of(guessed)}` has another type"
        self._for_each(drawn, lambda value: engine.to_python(engine.to_literal(value, annotation), guessed))

    def test_it_can_be_explained(self, annotation: Any) -> None:
        annotation, _ = self._alone(annotation)
        engine = self.make_engine()
        explanation = engine.explain(annotation)
        assert explanation.transformer == engine.converter(annotation).transformer
        assert explanation.source in str(explanation)

    def test_what_has_no_form_somewhere_is_refused_when_it_is_compiled(self, annotation: Any) -> None:
        engine = self.make_engine()
        if not self.on_the_wire:
            with pytest.raises(AnnotationError):
                engine.converter(annotation)
        if not self.inside_structs:
            with pytest.raises(AnnotationError):
                engine.plain(annotation)

    # --- errors -------------------------------------------------------------------------------------------------------

    def _check_refused(self, annotation: Any, wrong: Any, path: str) -> None:
        """Both faces refuse a value, by the same error, at a path or below it."""
        converter = self.make_engine().converter(annotation)
        texts = set()
        for convert in (converter.to_literal, converter.to_bytes):
            with pytest.raises(ConversionError) as caught:
                convert(wrong)
            texts.add(str(caught.value))
            rest = caught.value.path.removeprefix(path)
            assert caught.value.path.startswith(path), f"the path does not begin with {path}: {caught.value}"
            assert rest[:1] in ("", ".", "["), f"the path does not begin with {path}: {caught.value}"
        assert len(texts) == 1, f"to_literal and to_bytes say different things: {texts}"

    def test_a_wrong_value_is_refused(self, annotation: Any) -> None:
        if not self.on_the_wire:
            pytest.skip("it has no literal of its own")
        for wrong in self.wrong_values:
            self._check_refused(annotation, wrong, "$")
            self._check_refused(Union[Neighbour, annotation], wrong, "$")  # noqa: UP007 - the annotation is a value

    def test_a_wrong_value_is_refused_at_its_place(self, annotation: Any) -> None:
        def law(good: Any) -> None:
            for wrong in self.wrong_values:
                if self.on_the_wire:
                    self._check_refused(list[annotation], [good, wrong], "$[1]")
                    self._check_refused(dict[str, annotation], {"a": good, "k": wrong}, '$["k"]')
                    self._check_refused(dict[str, list[annotation]], {"k": [wrong]}, '$["k"][0]')
                if self.inside_structs:
                    self._check_refused(around, around(wrong, [], {}, None, Neighbour()), "$.alone")
                    self._check_refused(around, around(good, [good, wrong], {}, None, Neighbour()), "$.list[1]")
                    self._check_refused(around, around(good, [], {"k": wrong}, None, Neighbour()), '$.dict["k"]')

        around: Any = _dataclass_around(annotation)
        self._for_each(self._strategy(annotation), law, examples=3)

    def test_a_literal_that_says_nothing_is_refused_at_its_place(self, annotation: Any) -> None:
        annotation, drawn = self._alone(annotation)
        engine = self.make_engine()

        def refused(annotation: Any, literal: idl.Literal, path: str) -> None:
            with pytest.raises(ConversionError) as caught:
                engine.to_python(literal, annotation)
            assert caught.value.path == path
            with pytest.raises(ConversionError) as caught:
                engine.from_bytes(literal.SerializeToString(deterministic=True), annotation)
            assert caught.value.path == path

        def law(value: Any) -> None:
            good = engine.to_literal(value, annotation)
            refused(annotation, idl.Literal(), "$")
            collection = idl.Literal()
            collection.collection.literals.extend([good, idl.Literal()])
            refused(list[annotation], collection, "$[1]")
            entries = idl.Literal()
            entries.map.literals["k"].SetInParent()
            refused(dict[str, annotation], entries, '$["k"]')

        self._for_each(drawn, law, examples=3)

    def test_bytes_that_are_no_literal_are_refused(self, annotation: Any) -> None:
        annotation, _ = self._alone(annotation)
        converter = self.make_engine().converter(annotation)
        for data in (b"\xff", b"\n\xff\xff\xff\x0f", b"\n\x05\n"):
            with pytest.raises(ConversionError):
                converter.from_bytes(data)

    # --- threads ------------------------------------------------------------------------------------------------------

    def test_threads_share_an_engine_from_its_first_use_on(self, annotation: Any) -> None:
        annotation, drawn = self._alone(annotation)

        def law(value: Any) -> None:
            engine = self.make_engine()
            together = Barrier(THREADS)

            def convert(_: int) -> tuple[Converter[Any], Any]:
                together.wait(60)
                converter = engine.converter(annotation)
                return converter, converter.from_bytes(converter.to_bytes(value))

            with ThreadPoolExecutor(THREADS) as threads:
                done = list(threads.map(convert, range(THREADS)))
            assert len({id(converter) for converter, _ in done}) == 1, "it was compiled more than once"
            for _, back in done:
                assert self.same(back, value), f"a thread got back {describe(back)} for {describe(value)}"

        self._for_each(drawn, law, examples=5)
