"""Types of one's own: represented, stored as files, by a transformer, by a plugin; and what goes wrong in a user's code."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Optional, Union, get_args

import msgpack
import pytest

from engines import refused
from flytetypes import idl, types
from flytetypes.errors import AnnotationError, ConversionError, RegistrationError, StorageError
from flytetypes.storage import LocalStore, MemoryStore, StoreRouter
from flytetypes.testing import TransformerSuite
from flytetypes.types import OlderForm, Registry, TypeEngine, default_registry, resolve_path, shared_registry


class Money:
    def __init__(self, cents: int, currency: str = "EUR") -> None:
        self.cents, self.currency = cents, currency

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __repr__(self) -> str:
        return f"Money({self.cents}, {self.currency!r})"

    @classmethod
    def parse(cls, text: str) -> Money:
        cents, currency = text.split()
        return cls(int(cents), currency)


class Gold(Money):
    pass


@dataclass
class Invoice:
    total: Money
    parts: list[Money] = field(default_factory=list)


def as_text(registry: Registry, **more: Any) -> TypeEngine:
    types.represent(
        Money,
        as_=str,
        dump=lambda money: f"{money.cents} {money.currency}",
        load=Money.parse,
        name="shop.Money",
        registry=registry,
        **more,
    )
    return TypeEngine(registry)


def as_pair(*older: OlderForm) -> TypeEngine:
    registry = default_registry()
    types.represent(
        Money,
        as_=tuple[int, str],
        dump=lambda money: (money.cents, money.currency),
        load=lambda parts: Money(*parts),
        name="shop.Money",
        older=older,
        registry=registry,
    )
    return TypeEngine(registry)


TEXT = as_text(default_registry())
PAIR = as_pair(OlderForm(str, Money.parse))
EVERYWHERE: list[tuple[Any, Any]] = [
    (Money, Money(1)),
    (list[Money], [Money(1), Money(2, "CHF")]),
    (dict[str, Money], {"a": Money(1)}),
    (Optional[Money], Money(1)),
    (Union[Money, str], Money(1)),
    (Union[str, Money], "1 EUR"),
    (Union[str, list[Money]], [Money(1)]),
    (Invoice, Invoice(Money(1), [Money(2), Money(3)])),
    (Optional[Invoice], Invoice(Money(1))),
    (tuple[int, Money], (1, Money(1))),
]


# --- represented ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("annotation", "value"), EVERYWHERE)
@pytest.mark.parametrize("engine", [TEXT, PAIR])
def test_a_represented_class_goes_everywhere(engine: TypeEngine, annotation: Any, value: Any) -> None:
    literal = engine.to_literal(value, annotation)
    data = engine.to_bytes(value, annotation)
    assert literal.SerializeToString(deterministic=True) == data
    assert engine.to_python(literal, annotation) == engine.from_bytes(data, annotation) == value
    if Invoice not in (annotation, *get_args(annotation)):
        assert engine.guess(engine.literal_type(annotation)) == annotation


@pytest.mark.parametrize(("annotation", "value"), EVERYWHERE)
def test_what_an_older_form_wrote_is_read(annotation: Any, value: Any) -> None:
    assert PAIR.to_python(TEXT.to_literal(value, annotation), annotation) == value
    assert PAIR.from_bytes(TEXT.to_bytes(value, annotation), annotation) == value


def test_a_newer_form_is_refused_with_its_version() -> None:
    newest = as_pair(OlderForm(str, Money.parse), OlderForm(int, Money))
    reason = "(a newer `shop.Money` wrote it: update the code that registers it)"
    expected = f"expected `Money` of version 2 or older, got version 3 {reason} - at "
    assert refused(ConversionError, lambda: PAIR.to_python(newest.to_literal(Money(1), Money), Money)) == (
        f"{expected}`$`"
    )
    literal = newest.to_literal(Invoice(Money(1), [Money(2)]), Invoice)
    assert refused(ConversionError, lambda: PAIR.to_python(literal, Invoice)) == f"{expected}`$.total`"


def test_who_knows_nothing_of_it_reads_what_stands_for_it() -> None:
    plain = TypeEngine(default_registry())
    assert plain.to_python(TEXT.to_literal([Money(5)], list[Money]), list[str]) == ["5 EUR"]
    assert plain.to_python(TEXT.to_literal(Money(5), Optional[Money]), Optional[str]) == "5 EUR"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "expected `Money`, got `int` 5 - at `$`"),
        (Gold(5), "expected `Money`, got `Gold` Money(5, 'EUR') (a subclass would come back as its parent) - at `$`"),
    ],
)
def test_other_values_are_refused(value: Any, message: str) -> None:
    assert refused(ConversionError, lambda: TEXT.to_literal(value, Money)) == message


def test_the_users_own_functions_may_fail() -> None:
    registry = default_registry()
    types.represent(Money, as_=int, dump=lambda money: 1 // money.cents, load=Gold, name="m", registry=registry)
    engine = TypeEngine(registry)
    assert refused(ConversionError, lambda: engine.to_literal([Money(1), Money(0)], list[Money])) == (
        "expected `Money` that its `dump` takes, got `Money` Money(0, 'EUR') "
        "(ZeroDivisionError: integer division or modulo by zero) - at `$[1]`"
    )
    assert refused(ConversionError, lambda: engine.to_python(engine.to_literal(7, int), Money)) == (
        "expected `Money`, got `Gold` Money(7, 'EUR') from its `load` - at `$`"
    )
    assert refused(ConversionError, lambda: TEXT.to_python(TEXT.to_literal("free", str), Money)) == (
        "expected what `load` of `Money` takes, got `str` 'free' "
        "(ValueError: not enough values to unpack (expected 2, got 1)) - at `$`"
    )


def test_a_class_is_registered_once() -> None:
    assert refused(RegistrationError, lambda: as_text(TEXT.registry)).startswith("the name 'shop.Money' is already ")


def test_the_name_is_that_of_the_class_unless_another_is_given() -> None:
    registry = default_registry()
    assert types.represent(Money, as_=str, dump=str, load=Money.parse, registry=registry).name == f"{__name__}.Money"


# --- the shared registry ----------------------------------------------------------------------------------------------


@pytest.fixture
def _shared() -> Iterator[None]:
    with shared_registry().scope():
        yield


@pytest.mark.usefixtures("_shared")
def test_engines_share_a_registry_also_those_that_were_there_before() -> None:
    early = TypeEngine()
    with pytest.raises(AnnotationError):
        early.converter(Money)
    as_text(shared_registry())
    assert early.to_python(early.to_literal(Money(1), Money), Money) == Money(1)
    assert TypeEngine().converter(Money).transformer == "shop.Money"
    with pytest.raises(AnnotationError):
        TypeEngine(default_registry()).converter(Money)


@pytest.mark.usefixtures("_shared")
def test_the_decorator_registers_an_instance_and_leaves_the_class() -> None:
    @types.transformer(Money, subclasses=True)
    class MoneyTransformer(types.TypeTransformer[Money]):
        name = "shop.Money"

        def compile(self, annotation: Any, engine: TypeEngine) -> types.Converter[Money]:
            cents = engine.converter(int)
            cls = annotation.origin
            return types.Converter(
                annotation,
                self.name,
                literal_type=cents.literal_type,
                encode=lambda value, into, out: cents.encode(value.cents, into, out),
                decode=lambda literal, inbox: cls(cents.decode(literal, inbox)),
                engine=engine,
                classes=(cls,),
            )

    assert isinstance(MoneyTransformer(), types.TypeTransformer)
    engine = TypeEngine()
    for value in (Money(1), Gold(2)):
        assert engine.to_python(engine.to_literal(value, type(value)), type(value)) == value


def test_a_transformer_inside_annotated_serves_that_annotation_alone() -> None:
    nowhere = Registry()
    cents = types.represent(Money, as_=int, dump=lambda m: m.cents, load=Money, name="cents", registry=nowhere)
    assert TEXT.to_literal(Money(5), Annotated[Money, cents]).scalar.primitive.integer == 5
    assert TEXT.to_literal(Money(5), Money).scalar.primitive.string_value == "5 EUR"


# --- stored as files --------------------------------------------------------------------------------------------------


class Model:
    def __init__(self, weights: bytes) -> None:
        self.weights = weights

    def __eq__(self, other: object) -> bool:
        return type(other) is Model and other.weights == self.weights

    def __repr__(self) -> str:
        return f"Model({self.weights!r})"

    def save(self, path: str) -> None:
        if self.weights == b"heavy":
            raise OSError("too heavy")
        Path(path).write_bytes(self.weights)

    @staticmethod
    def load(path: str) -> Model:
        weights = Path(path).read_bytes()
        if weights == b"broken":
            raise ValueError("broken")
        return Model(weights)


def storing(prefix: str, **more: Any) -> TypeEngine:
    registry = default_registry()
    types.store_as_file(
        Model, format="bin", save=Model.save, load=Model.load, name="ml.Model", registry=registry, **more
    )
    store = StoreRouter({"memory": MemoryStore(), "file": LocalStore()})
    return TypeEngine(registry, store=store, prefix=prefix)


@pytest.fixture(params=["memory", "local"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return storing("memory://models/" if request.param == "memory" else f"{tmp_path}/")


MODELS: list[tuple[Any, Any]] = [
    (Model, Model(b"abc")),
    (list[Model], [Model(b""), Model(b"x" * 100_000)]),
    (dict[str, list[Model]], {"a": [Model(b"a")], "b": []}),
    (Optional[Model], Model(b"abc")),
    (Union[Model, int], 5),
]


@pytest.mark.parametrize(("annotation", "value"), MODELS)
def test_a_value_is_a_file_in_the_store(files: TypeEngine, annotation: Any, value: Any) -> None:
    assert files.to_python(files.to_literal(value, annotation), annotation) == value
    assert files.from_bytes(files.to_bytes(value, annotation), annotation) == value
    assert files.guess(files.literal_type(annotation)) == annotation


def test_the_literal_says_where_it_is_and_what(files: TypeEngine) -> None:
    literal = files.to_literal(Model(b"abc"), Model)
    assert literal.scalar.blob.metadata.type == idl.BlobType(format="bin")
    assert literal.scalar.blob.uri.startswith(files.prefix)
    assert literal.scalar.blob.uri.endswith("/value.bin")
    assert files.store.get(literal.scalar.blob.uri) == b"abc"
    assert str(files.explain(Model)).splitlines()[0] == "Model: file(bin), by ml.Model, in the store"


def test_what_cannot_be_saved_is_refused_with_its_path_and_nothing_half_written_is_left(files: TypeEngine) -> None:
    value = {"a": [Model(b"light")], "b": [Model(b"light"), Model(b"heavy")]}
    assert refused(ConversionError, lambda: files.to_literal(value, dict[str, list[Model]])) == (
        "expected `Model` that its `save` can write, got `Model` Model(b'heavy') (OSError: too heavy) - at `$[\"b\"][1]`"
    )
    assert {files.store.get(uri) for uri in files.store.list(files.prefix)} <= {b"light"}


def test_one_that_cannot_be_saved_leaves_nothing(files: TypeEngine) -> None:
    with pytest.raises(ConversionError):
        files.to_literal(Model(b"heavy"), Model)
    assert files.store.list(files.prefix) == []


def test_what_cannot_be_loaded_is_refused_with_its_path(files: TypeEngine) -> None:
    literal = files.to_literal([Model(b"fine"), Model(b"broken")], list[Model])
    assert refused(ConversionError, lambda: files.to_python(literal, list[Model])) == (
        "expected a file that `load` of `Model` can read, got 6 bytes (ValueError: broken) - at `$[1]`"
    )


def test_a_file_that_is_gone_is_an_error_of_the_store(files: TypeEngine) -> None:
    literal = files.to_literal(Model(b"abc"), Model)
    files.store.delete(literal.scalar.blob.uri)
    with pytest.raises(StorageError) as caught:
        files.to_python(literal, Model)
    assert caught.value.uri == literal.scalar.blob.uri


def test_it_is_told_where_reading_runs_code() -> None:
    assert storing("memory://models/", runs_code=True).converter(Model).runs_code


@dataclass
class Trained:
    model: Model
    others: list[Model | None]


def test_inside_a_struct_it_is_the_path_of_its_file(files: TypeEngine) -> None:
    value = Trained(Model(b"abc"), [None, Model(b"")])
    literal = files.to_literal(value, Trained)
    tree = msgpack.unpackb(literal.scalar.binary.value)
    assert list(tree["model"]) == ["path"]
    assert files.store.get(tree["model"]["path"]) == b"abc"
    assert files.to_python(literal, Trained) == value
    assert files.from_bytes(files.to_bytes(value, Trained), Trained) == value


def test_an_attribute_of_a_struct_is_read_as_the_value(files: TypeEngine) -> None:
    literal = files.to_literal(Trained(Model(b"abc"), []), Trained)
    assert files.to_python(resolve_path(literal, ["model"]), Model) == Model(b"abc")


def test_inside_a_struct_what_is_no_file_is_refused(files: TypeEngine) -> None:
    literal = files.to_literal({"model": {"uri": "x"}, "others": []}, dict)
    assert refused(ConversionError, lambda: files.to_python(literal, Trained)) == (
        "expected `Model` as a map with the `path` of its file, got `dict` {'uri': 'x'} - at `$.model`"
    )


# --- plugins ----------------------------------------------------------------------------------------------------------


PLUGIN = """
from flytetypes import types
import coins

def register(registry):
    types.represent(coins.Coin, as_=int, dump=lambda coin: coin.value, load=coins.Coin, name="coins.Coin", registry=registry)
    print("registered")
"""


def installed(directory: Path, register: str, name: str = "coins") -> Path:
    """A directory that looks like two installed distributions: a package of types, and a plugin for it."""
    (directory / "coins.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Coin:\n    value: int\n", encoding="utf-8"
    )
    (directory / "coins_for_flyte.py").write_text(register, encoding="utf-8")
    info = directory / "coins_for_flyte-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: coins-for-flyte\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        f"[flytetypes.transformers]\n{name} = coins_for_flyte:register\n", encoding="utf-8"
    )
    return directory


def run(directory: Path, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(directory)!r})\n{textwrap.dedent(program)}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr.strip().rpartition("\n")[2]


def test_a_plugin_is_loaded_when_a_class_of_its_package_is_first_met(tmp_path: Path) -> None:
    program = """
        from flytetypes import TypeEngine
        import coins
        engine = TypeEngine()
        engine.to_literal([1], list[int])
        print("coins_for_flyte" in sys.modules)
        print(engine.to_literal([coins.Coin(1), coins.Coin(2)], list[coins.Coin]).collection.literals[1].scalar.primitive.integer)
        print(TypeEngine().converter(coins.Coin).transformer)
    """
    assert run(installed(tmp_path, PLUGIN), program).split() == ["False", "registered", "2", "coins.Coin"]


def test_a_plugin_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    program = """
        from flytetypes import TypeEngine
        import coins
        TypeEngine().converter(coins.Coin)
    """
    assert run(installed(tmp_path, "raise RuntimeError('out of order')"), program) == (
        "flytetypes.errors.RegistrationError: the plugin `coins_for_flyte:register` for types of `coins` could not be "
        "loaded: RuntimeError: out of order. Mend it, or uninstall what brings it"
    )


def test_a_plugin_for_another_package_is_left_alone(tmp_path: Path) -> None:
    program = """
        from flytetypes import TypeEngine
        import coins
        print(TypeEngine().converter(coins.Coin).transformer)
    """
    assert run(installed(tmp_path, PLUGIN, name="banknotes"), program) == "Object-Dataclass-Transformer\n"


# --- the laws ---------------------------------------------------------------------------------------------------------


class TestRepresented(TransformerSuite):
    annotation = Money
    wrong_values = (5, "5 EUR", Gold(5))

    def make_engine(self) -> TypeEngine:
        return as_text(default_registry())

    def values(self, annotation: Any) -> Iterable[Any]:
        return [Money(0), Money(-5, "CHF")]


class TestRepresentedBefore(TestRepresented):
    def make_engine(self) -> TypeEngine:
        return as_pair(OlderForm(str, Money.parse))


class TestStoredAsAFile(TransformerSuite):
    annotation = Model

    def make_engine(self) -> TypeEngine:
        return storing("memory://models/")

    def values(self, annotation: Any) -> Iterable[Any]:
        return [Model(b""), Model(b"abc")]
