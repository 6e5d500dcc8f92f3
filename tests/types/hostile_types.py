"""LiteralTypes that nobody writes, for a guesser that must not mind: run as a program it guesses from thousands of them.

    python hostile_types.py COUNT SEED

prints, as JSON, what happened that must not happen; nothing when all is well. COUNT of them are random, and a few are made
to take time or memory.
"""

from __future__ import annotations

import collections
import decimal
import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flytetypes.data  # noqa: F401 - ours, and loaded where a file's type is guessed
from flytetypes import idl
from flytetypes.errors import AnnotationError
from flytetypes.types import TypeEngine

WORDS = [
    *("type", "title", "properties", "required", "additionalProperties", "items", "anyOf", "oneOf", "allOf", "enum"),
    *("const", "default", "$ref", "$defs", "definitions", "format", "prefixItems", "minItems", "maxItems", "pattern"),
    *("uniqueItems", "propertyNames", "description", "not", "if"),
]
NAMES = [
    *(
        "x",
        "y",
        "class",
        "self",
        "__init__",
        "__class__",
        "_x",
        "Config",
        "mro",
        "a b",
        "",
        "1st",
        "é",
        "ﬁ",
        "x\0y",
        "None",
    ),
    *("__dict__", "def", "field", "MISSING", "_dflt_x", "__doc__", "__module__", "return", "X" * 300, "name", "value"),
    *("'); import os; os.system('true'); ('", "{}", "\n", "print", "__slots__", "__annotations__", "x.y", "items"),
]
MEMORY_BYTES = 2 << 30
SECONDS = 5
TYPES = ["string", "integer", "number", "boolean", "null", "array", "object", "any", ""]
FORMATS = [
    "date",
    "date-time",
    "time",
    "base64",
    "time-delta",
    "decimal",
    "uuid",
    "path",
    "ipv4",
    "duration",
    "binary",
    "x",
]
CLASSES = [
    *(
        "<class 'int'>",
        "<class 'set'>",
        "typing.Any",
        "typing.Set[int]",
        "~T",
        "set[int, int]",
        "int | str",
        "[[[",
        "typing.",
    ),
    *(
        "<class 'os.system'>",
        "os.system",
        "builtins.eval",
        "<class 'antigravity'>",
        "<class 'this.x'>",
        "typing.ClassVar[int]",
    ),
    *(
        "dataclasses.InitVar[int]",
        "dataclasses.InitVar[]",
        "dataclasses.InitVar[a b]",
        "typing.Callable[[int], str]",
        "typing",
    ),
    *(
        "typing.Literal['a']",
        "typing.get_type_hints",
        "typing.Generic[int]",
        "list[" * 30 + "int" + "]" * 30,
        "x" * 5000,
        "",
    ),
    *(
        "typing.Annotated[int]",
        "typing.ForwardRef",
        "list[...]",
        "typing.Union",
        "typing.Optional[int, str]",
        "<class 'type'>",
    ),
    *(
        "flytetypes.idl.Literal",
        "google.protobuf.struct_pb2.Struct",
        "sys.modules",
        "subprocess.Popen",
        "typing.NoReturn",
    ),
]


class Maker:
    """Random types; what is drawn is a matter of the seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, values: list[Any]) -> Any:
        return self.random.choice(values)

    def json(self, depth: int = 3) -> Any:
        kind = self.random.randrange(8 if depth else 6)
        match kind:
            case 0:
                return self.pick([None, True, False])
            case 1:
                return self.pick([0.0, -1.0, 1.5, 2.0**60, float("nan"), float("inf"), 1e300])
            case 2:
                return self.pick(WORDS + TYPES + FORMATS)
            case 3 | 4:
                return self.pick(NAMES + CLASSES)
            case 5:
                return self.pick([[], {}])
            case 6:
                return [self.json(depth - 1) for _ in range(self.random.randrange(4))]
            case _:
                return {self.pick(WORDS + NAMES): self.json(depth - 1) for _ in range(self.random.randrange(4))}

    def fragment(self, depth: int = 3) -> Any:
        """Something like a JSON schema."""
        if self.random.random() < 0.06:
            return self.json()
        fragment: dict[str, Any] = {}
        match self.random.randrange(10 if depth else 4):
            case 0 | 1:
                fragment = {"type": self.pick(TYPES)}
                if self.random.random() < 0.4:
                    fragment["format"] = self.pick(FORMATS)
            case 2:
                fragment = {"enum": [self.json(0) for _ in range(self.random.randrange(4))]}
            case 3:
                fragment = {
                    "$ref": self.pick(["#/$defs/A", "#/$defs/B", "#/definitions/A", "#", "", "x", "#/$defs/B/items", 5])
                }
            case 4:
                word = self.pick(["anyOf", "oneOf", "allOf"])
                fragment = {word: [self.fragment(depth - 1) for _ in range(self.random.randrange(4))]}
            case 5:
                fragment = {"type": "array", self.pick(["items", "x"]): self.fragment(depth - 1)}
                if self.random.random() < 0.3:
                    fragment["uniqueItems"] = True
            case 6:
                places = [self.fragment(depth - 1) for _ in range(self.random.randrange(4))]
                fragment = {"type": "array", "prefixItems": places, "minItems": 1.0, "maxItems": 1.0}
            case 7:
                fragment = {"type": "object"}
                for word in ("propertyNames", "additionalProperties"):
                    if self.random.random() < 0.7:
                        fragment[word] = self.fragment(depth - 1)
            case _:
                fragment = self.object(depth - 1)
        if self.random.random() < 0.2:
            fragment["default"] = self.json(1)
        if self.random.random() < 0.1:
            fragment[self.pick(WORDS)] = self.json(1)
        return fragment

    def object(self, depth: int) -> dict[str, Any]:
        names = [self.pick(NAMES) for _ in range(self.random.randrange(5))]
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: self.fragment(depth) for name in names},
            "additionalProperties": False,
        }
        if self.random.random() < 0.8:
            schema["title"] = self.pick([*NAMES, 5.0, None])
        if self.random.random() < 0.7:
            schema["required"] = [name for name in names if self.random.random() < 0.6]
        return schema

    def schema(self) -> dict[str, Any]:
        schema = self.object(3)
        if self.random.random() < 0.4:
            word = self.pick(["$defs", "definitions"])
            schema = schema if self.random.random() < 0.5 else {"$ref": f"#/{word}/A"}
            schema[word] = {
                name: self.fragment(2) if self.random.random() < 0.3 else self.object(2) for name in ("A", "B")
            }
        if self.random.random() < 0.1:
            schema[self.pick(WORDS)] = self.json()
        return schema

    def type(self, depth: int = 3) -> idl.LiteralType:
        result = idl.LiteralType()
        match self.random.randrange(9 if depth else 6):
            case 0 | 1:
                result.simple = self.pick(list(idl.SimpleType.values()))
            case 2:
                result.enum_type.values.extend(self.pick(NAMES) for _ in range(self.random.randrange(5)))
                result.enum_type.SetInParent()
            case 3:
                result.blob.format = self.pick(["PythonPickle", "csv", ""])
                result.blob.dimensionality = self.pick([0, 0, 1])
                fill(result.metadata, {self.pick(["python_class_name", "x"]): self.pick([*CLASSES, 5.0])})
            case 4 | 5:
                self.struct(result, depth)
            case 6:
                result.collection_type.CopyFrom(self.type(depth - 1))
            case 7:
                result.map_value_type.CopyFrom(self.type(depth - 1))
            case _:
                result.union_type.SetInParent()
                for _ in range(self.random.randrange(4)):
                    variant = result.union_type.variants.add()
                    variant.CopyFrom(self.type(depth - 1))
                    if self.random.random() < 0.8:
                        variant.structure.Clear()
                        variant.structure.tag = self.pick(TAGS)
        if self.random.random() < 0.15:
            notes = {self.pick(["flytetypes.form", "literal_values", "cache-key-metadata", "k"]): self.json()}
            if self.random.random() < 0.5:
                notes["flytetypes.form"] = {
                    "name": self.pick(TAGS),
                    "arguments": self.json(),
                    "class": self.pick(CLASSES),
                }
            fill(result.annotation.annotations, notes)
        if self.random.random() < 0.05:
            result.structure.tag = self.pick(TAGS)
        return result

    def struct(self, result: idl.LiteralType, depth: int) -> None:
        result.simple = idl.SimpleType.STRUCT
        if self.random.random() < 0.9:
            fill(result.annotation.annotations, {"cache-key-metadata": {"serialization-format": "msgpack"}})
        schema = self.schema()
        if self.random.random() < 0.85:
            fill(result.metadata, schema if self.random.random() < 0.95 else {"pb_type": self.pick(CLASSES)})
        if self.random.random() < 0.8:
            result.structure.SetInParent()
            properties = schema.get("properties")
            for name in [*(properties if isinstance(properties, dict) else ()), self.pick(NAMES)]:
                if self.random.random() < 0.8:
                    field = result.structure.dataclass_type[name]
                    field.CopyFrom(self.type(max(depth - 2, 0)))


TAGS = [
    *(
        "int",
        "date",
        "str",
        "Typed List",
        "Object-Dataclass-Transformer",
        "Pydantic Transformer",
        "FlytePickle",
        "none",
        "",
    ),
    *(
        "DefaultEnumTransformer",
        "LiteralTypeTransformer",
        "Protobuf-Transformer",
        "FlyteFilePath",
        "set",
        "Decimal",
        "tuple",
    ),
    *("NamedTuple", "attrs", "Literal", "TypedDict", "Typed Union", "no such one", "frozenset", "OrderedDict", "bytes"),
]


def fill(into: idl.Struct, tree: dict[str, Any]) -> None:
    idl.fill_struct(into, tree)


# --- those that are made to hurt --------------------------------------------------------------------------------------


def struct_of(schema: dict[str, Any], types: dict[str, idl.LiteralType] | None = None) -> idl.LiteralType:
    result = idl.LiteralType(simple=idl.SimpleType.STRUCT)
    fill(result.metadata, schema)
    fill(result.annotation.annotations, {"cache-key-metadata": {"serialization-format": "msgpack"}})
    result.structure.SetInParent()
    for name, announced in (types or {}).items():
        result.structure.dataclass_type[name].CopyFrom(announced)
    return result


def class_of(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "title": name,
        "properties": properties,
        "additionalProperties": False,
        "required": list(properties),
    }


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def designed() -> Iterator[tuple[str, idl.LiteralType]]:
    """By what each of them tries."""
    size = 40
    doubling: dict[str, Any] = {
        f"A{i}": {"anyOf": [ref(f"A{i + 1}"), {"type": "array", "items": ref(f"A{i + 1}")}]} for i in range(size)
    }
    yield (
        "doubling unions",
        struct_of({**class_of("A", x=ref("A0")), "$defs": {**doubling, f"A{size}": {"type": "integer"}}}),
    )
    doubling = {f"A{i}": {"type": "array", "prefixItems": [ref(f"A{i + 1}")] * 2} for i in range(size)}
    yield (
        "doubling tuples",
        struct_of({**class_of("A", x=ref("A0")), "$defs": {**doubling, f"A{size}": {"type": "integer"}}}),
    )
    classes = {f"A{i}": class_of(f"A{i}", x=ref(f"A{i + 1}"), y=ref(f"A{i + 1}")) for i in range(size)}
    yield "doubling classes", struct_of({"$ref": "#/$defs/A0", "$defs": {**classes, f"A{size}": class_of("Z", x={})}})
    cycle = {f"A{i}": class_of(f"A{i}", x=ref(f"A{(i + 1) % size}"), y=ref(f"A{(i * 7) % size}")) for i in range(size)}
    yield "a tangle of classes", struct_of({"$ref": "#/$defs/A0", "$defs": cycle})
    yield "a loop of references", struct_of({"$ref": "#/$defs/A", "$defs": {"A": ref("B"), "B": ref("A")}})
    yield "a union of itself", struct_of({**class_of("A", x=ref("A")), "$defs": {"A": {"anyOf": [ref("A"), ref("A")]}}})
    chain: dict[str, Any] = {f"A{i}": ref(f"A{i + 1}") for i in range(5000)}
    yield "a long chain", struct_of({**class_of("A", x=ref("A0")), "$defs": {**chain, "A5000": {"type": "integer"}}})
    chain = {f"A{i}": {"type": "array", "items": ref(f"A{i + 1}")} for i in range(5000)}
    yield "a deep chain", struct_of({**class_of("A", x=ref("A0")), "$defs": chain})
    chain = {f"A{i}": class_of(f"A{i}", x=ref(f"A{i + 1}")) for i in range(2000)}
    yield "a deep chain of classes", struct_of({**class_of("A", x=ref("A0")), "$defs": chain})
    yield "many variants", struct_of(class_of("A", x={"anyOf": [{"enum": [f"v{i}"]} for i in range(5000)]}))
    yield "many fields", struct_of(class_of("A", **{f"f{i}": {"type": "integer"} for i in range(5000)}))
    yield "many colliding names", struct_of(class_of("A", **{"x" + "!" * i: {} for i in range(300)}))
    many = idl.LiteralType()
    many.enum_type.values.extend(f"value {i}" for i in range(20000))
    yield "many members", many
    many = idl.LiteralType()
    many.enum_type.values.extend("!" * i for i in range(1, 500))
    yield "many members of one name", many
    many = idl.LiteralType()
    for i in range(3000):
        many.union_type.variants.add().enum_type.values.append(f"v{i}")
    yield "a wide union", many
    deep = idl.LiteralType(simple=idl.SimpleType.INTEGER)
    for _ in range(3000):
        deep, inner = idl.LiteralType(), deep
        deep.collection_type.CopyFrom(inner)
    yield "deep lists", deep
    deep = idl.LiteralType(simple=idl.SimpleType.INTEGER)
    for _ in range(30):
        deep, inner = idl.LiteralType(), deep
        for _ in range(2):
            deep.union_type.variants.add().CopyFrom(inner)
        if deep.ByteSize() > 200_000:
            break
    yield "a tree of unions", deep
    deep = idl.LiteralType(simple=idl.SimpleType.INTEGER)
    while deep.ByteSize() < 200_000:
        deep, inner = idl.LiteralType(), deep
        deep.union_type.variants.add().collection_type.CopyFrom(inner)
        deep.union_type.variants.add().map_value_type.CopyFrom(inner)
    yield "a tree of untagged unions and lists", deep
    deep = idl.LiteralType(simple=idl.SimpleType.INTEGER)
    while deep.ByteSize() < 200_000:
        deep, inner = idl.LiteralType(), deep
        one, other = deep.union_type.variants.add(), deep.union_type.variants.add()
        one.collection_type.CopyFrom(inner)
        other.map_value_type.CopyFrom(inner)
        one.structure.tag, other.structure.tag = "Typed List", "Typed Dict"
        fill(one.annotation.annotations, {"k": 1.0})
    yield "a tree of unions with notes", deep
    deep = struct_of(class_of("A", x={"type": "integer"}), {"x": idl.LiteralType(simple=idl.SimpleType.INTEGER)})
    for _ in range(14):
        schema = class_of("A", x=idl.read_struct(deep.metadata), y={"type": "integer", "x": 1})
        deep = struct_of(schema, {"x": deep, "y": idl.LiteralType(simple=idl.SimpleType.INTEGER)})
    yield "structs in structs that need a wrap each", deep
    yield "a default that is not one", struct_of(class_of("A", x={"type": "integer", "default": {"a": [1.0]}}))
    yield "a name of code", struct_of(class_of("A(object): pass\nimport os", **{"x: int = os.system('true')": {}}))


# --- the program ------------------------------------------------------------------------------------------------------


@dataclass
class Everything:
    """A field of each module that is loaded late."""

    price: decimal.Decimal
    counts: collections.OrderedDict[str, int]


@dataclass
class Watch:
    """What the interpreter says it does, while it is on."""

    seen: list[str]
    on: bool = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or event in QUIET or event.startswith(("object.", "sys._get", "gc.", "code.", "cpython.")):
            return
        if event in ("compile", "exec") and is_named_tuple(arguments):
            return
        self.seen.append(f"{event} {str(arguments)[:100]}")


QUIET = {"array.__new__", "sys.excepthook", "builtins.id", "time.sleep", "marshal.loads"}


def is_named_tuple(arguments: tuple[Any, ...]) -> bool:
    """`collections.namedtuple` makes its `__new__` of a text; the names in it are ours."""
    source = arguments[0]
    if hasattr(source, "co_names"):
        return bool(source.co_filename.startswith(("<string>", "namedtuple_")))
    return str(source if isinstance(source, str) else bytes(source or b"").decode()).startswith("lambda _cls, item0")


def outcome(engine: TypeEngine, literal_type: idl.LiteralType, watch: Watch) -> str | None:
    """What is wrong with a guess; None when nothing is."""
    try:
        watch.on = True
        annotation = engine.guess(literal_type)
    except AnnotationError as error:
        return None if str(error).isprintable() else f"an error that cannot be printed: {error!r}"
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return f"{type(error).__name__}: {error}"
    finally:
        watch.on = False
    found = engine.literal_type(annotation)
    if found.SerializeToString(deterministic=True) != literal_type.SerializeToString(deterministic=True):
        return f"another type: {annotation}"
    if engine.guess(literal_type) is not annotation:
        return "another guess the second time"
    return None


def main(count: int, seed: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    watch = Watch([])
    sys.addaudithook(watch)
    engine = TypeEngine()
    warm_up(engine)
    maker = Maker(seed)
    wrong: list[str] = []
    for name, literal_type in designed():
        report(name, literal_type, engine, watch, wrong)
    for index in range(count):
        if index % 500 == 0:
            engine = TypeEngine()
            warm_up(engine)
        report(f"{seed}/{index}", maker.type(), engine, watch, wrong)
    if wrong or watch.seen:
        print(json.dumps(wrong + sorted(set(watch.seen))))


def warm_up(engine: TypeEngine) -> None:
    """Our own modules are loaded when a class of theirs is first looked up; that is not what is watched for."""
    engine.to_literal(Everything(decimal.Decimal(1), collections.OrderedDict()), Everything)
    idl.to_json(engine.literal_type(Everything))
    engine.guess(TypeEngine().literal_type(Everything))


def report(name: str, literal_type: idl.LiteralType, engine: TypeEngine, watch: Watch, wrong: list[str]) -> None:
    began = time.process_time()
    problem = outcome(engine, literal_type, watch)
    seconds = time.process_time() - began
    if problem is not None:
        wrong.append(f"{name}: {problem}")
    if seconds > SECONDS:
        wrong.append(f"{name}: took {seconds:.1f} s for {literal_type.ByteSize()} bytes")
    if watch.seen and not any(entry.startswith("first") for entry in wrong):
        wrong.append(f"first: {name}: {watch.seen[0]}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
