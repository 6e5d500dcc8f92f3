"""Our rules against Flyte's own compiler, run as a Go program: the same answer to thousands of random questions."""

import base64
import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from flyte_compiler import ask, ask_castable, build, needs_go, wire
from flytetypes import idl
from flytetypes.idl._render import render_literal, render_type
from flytetypes.types._castable import castable
from flytetypes.types._infer import literal_type_of

pytestmark = [pytest.mark.interop, needs_go]

ROOT = Path(__file__).parents[2]
SIMPLE: list[Any] = list(idl.SimpleType.values())
SEED = 20240607
PIECES = (
    *("a", "b", "1", "é", " ", ".", "^", "$", "|", ",", "-", "*", "+", "?", "(", ")", "[", "]", "{", "}", "[^"),
    *("(?:", "(?i)", "(?i-s:", "(?P<n>", "(?<m>", "(?=", "[:alpha:]", "[[:digit:]]", "{2}", "{2,3}", "{,3}", "{1001}"),
    *(r"\d", r"\b", r"\pL", r"\p{Greek}", r"\Q", r"\E", r"\x41", r"\x{10FFFF}", r"\1", r"\12", r"\0", r"\e", r"\n"),
    *(r"\A", r"\z", r"\Z", r"\]", r"\-", r"\_", r"\é", r"\ "),
)


@pytest.fixture(scope="module")
def compiler() -> Path:
    return build()


def differences(
    pairs: Sequence[tuple[idl.LiteralType, idl.LiteralType]], verdicts: Iterable[bool | None]
) -> list[tuple[str, str, str, str]]:
    found = []
    for (have, want), theirs in zip(pairs, verdicts, strict=True):
        ours = castable(have, want)
        if bool(ours) != bool(theirs) or (theirs is None) != ("would crash" in ours.reason):
            found.append((str(theirs), repr(ours), show(have), show(want)))
    return found


def show(literal_type: idl.LiteralType) -> str:
    return f"{render_type(literal_type)} {json.dumps(idl.to_json(literal_type))}"


def test_castable_answers_as_the_compiler_on_random_types_and_near_misses(compiler: Path) -> None:
    draw = Types(random.Random(SEED))
    pairs = [draw.pair() for _ in range(5_000)]
    verdicts = ask_castable(compiler, pairs)
    # Both answers have to be common, or the test would prove little.
    assert min(sum(v is True for v in verdicts), sum(v is False for v in verdicts)) > 1_000
    assert differences(pairs, verdicts) == []


def test_castable_answers_as_the_compiler_on_random_schemas(compiler: Path) -> None:
    draw = Types(random.Random(SEED + 1))
    pairs = []
    for _ in range(3_000):
        schema = draw.schemas.document()
        near = draw.schemas.mutated(schema)
        pairs.append(
            (struct_of(schema), struct_of(near)) if draw.random.random() < 0.5 else (struct_of(near), struct_of(schema))
        )
    verdicts = ask_castable(compiler, pairs)
    assert min(sum(v is True for v in verdicts), sum(v is False for v in verdicts)) > 300
    assert differences(pairs, verdicts) == []


def test_forms_fit_as_the_compiler_says(compiler: Path) -> None:
    """It looks at no annotation: a set of integers is a list of them, and a named tuple a struct."""
    rows = json.loads((ROOT / "conformance" / "vectors" / "forms.json").read_text(encoding="utf-8"))["rows"]
    told = dict.fromkeys(row["type"] for row in rows)
    forms = [idl.LiteralType.FromString(bytes.fromhex(text)) for text in told]
    pairs = [(have, want) for have in forms for want in forms]
    verdicts = ask_castable(compiler, pairs)
    assert differences(pairs, verdicts) == []
    refused = [show(have) for (have, want), fits in zip(pairs, verdicts, strict=True) if have == want and not fits]
    assert refused == [], "a type that does not fit itself"


def test_a_pattern_makes_a_schema_unreadable_when_go_cannot_compile_it(compiler: Path) -> None:
    source = random.Random(SEED + 3)
    patterns = ["".join(source.choice(PIECES) for _ in range(source.randrange(1, 7))) for _ in range(10_000)]
    pairs = [(struct_of({"type": "string", "pattern": text}), struct_of({"type": "string"})) for text in patterns]
    verdicts = ask_castable(compiler, pairs)
    assert min(verdicts.count(True), verdicts.count(False)) > 1_000
    assert [
        text for text, pair, theirs in zip(patterns, pairs, verdicts, strict=True) if castable(*pair) != theirs
    ] == []


def test_castable_refuses_where_the_compiler_crashes(compiler: Path) -> None:
    recursive = {"$ref": "#/definitions/N", "definitions": {"N": {"properties": {"n": {"$ref": "#/definitions/N"}}}}}
    untyped = idl.LiteralType()
    untyped.structured_dataset_type.columns.add(name="a")
    number = idl.LiteralType()
    number.structured_dataset_type.columns.add(name="a").literal_type.simple = idl.SimpleType.INTEGER
    in_union = idl.LiteralType()
    in_union.union_type.variants.add().CopyFrom(struct_of({"type": "string", "pattern": "a"}))
    in_union.union_type.variants.add().CopyFrom(struct_of({"type": "string"}))
    pairs = [
        (struct_of(recursive), struct_of({**recursive, "title": "changed"})),
        (struct_of({"$ref": "#"}), struct_of({"type": "string"})),
        (struct_of({"type": "string"}), struct_of({"type": "string", "pattern": "a"})),
        (struct_of({"type": "number", "multipleOf": 2}), struct_of({"type": "number"})),
        (struct_of({"type": "number", "multipleOf": 2}), struct_of({"type": "number", "multipleOf": 0.5})),
        (struct_of({"const": {"a": 1}}), struct_of({"const": {"a": 2}})),
        (struct_of({"type": ["string", "null"]}), struct_of({"type": ["null", "string"], "enum": ["a", None]})),
        (untyped, number),
        (number, untyped),
        (struct_of({"type": "string"}), in_union),
    ]
    assert ask_castable(compiler, pairs) == [None] * len(pairs)
    assert differences(pairs, [None] * len(pairs)) == []


def test_a_literal_has_the_type_that_the_compiler_infers(compiler: Path) -> None:
    draw = Types(random.Random(SEED + 2))
    literals = [draw.literal(4) for _ in range(1_000)]
    answers = ask(compiler, [{"literal": wire(literal)} for literal in literals])
    found = []
    for literal, answer in zip(literals, answers, strict=True):
        theirs = answer.get("type")
        ours = literal_type_of(literal)
        if (None if ours is None else wire(ours)) != (None if theirs is None else wire(parsed(theirs))):
            found.append((render_literal(literal), ours, None if theirs is None else parsed(theirs)))
    assert found == []


def parsed(text: str) -> idl.LiteralType:
    return idl.LiteralType.FromString(base64.b64decode(text))


def struct_of(schema: dict[str, Any]) -> idl.LiteralType:
    literal_type = idl.LiteralType(simple=idl.SimpleType.STRUCT)
    idl.fill_struct(literal_type.metadata, schema)
    return literal_type


class Types:
    """Random types, pairs of which often nearly fit, and random literals."""

    def __init__(self, source: random.Random) -> None:
        self.random = source
        self.schemas = Schemas(source)

    def pair(self) -> tuple[idl.LiteralType, idl.LiteralType]:
        first = self.type(3)
        roll = self.random.random()
        if roll < 0.1:
            return first, self.type(3)
        second = idl.LiteralType()
        second.CopyFrom(first)
        for _ in range(self.random.choice((0, 1, 1, 1, 2))):
            self.mutate(second)
        if self.random.random() < 0.3:
            second = self.wrapped(second)
        if self.random.random() < 0.1:
            first = self.wrapped(first)
        return (first, second) if roll < 0.6 else (second, first)

    def wrapped(self, literal_type: idl.LiteralType) -> idl.LiteralType:
        """As one variant of a union."""
        union = idl.LiteralType()
        variants = [literal_type, *(self.type(1) for _ in range(self.random.randrange(3)))]
        self.random.shuffle(variants)
        for variant in variants:
            union.union_type.variants.add().CopyFrom(variant)
        return union

    def type(self, depth: int) -> idl.LiteralType:
        into = idl.LiteralType()
        self.fill(into, depth)
        return into

    def fill(self, into: idl.LiteralType, depth: int) -> None:
        choose = self.random.choice
        kinds = ["simple"] * 4 + ["struct", "struct", "enum", "blob", "schema", "dataset", "unset"]
        match choose(kinds + ["list", "map", "union", "union"] * (depth > 0)):
            case "simple":
                into.simple = choose(SIMPLE)
            case "struct":
                into.simple = idl.SimpleType.STRUCT
                if self.random.random() < 0.8:
                    idl.fill_struct(into.metadata, self.schemas.document())
            case "enum":
                into.enum_type.SetInParent()
                into.enum_type.values.extend(self.random.sample(["a", "b", "c"], self.random.randrange(4)))
            case "blob":
                into.blob.format = choose(["", "csv", "CSV", "PythonPickle"])
                into.blob.dimensionality = choose([idl.BlobType.SINGLE, idl.BlobType.MULTIPART])
            case "schema":
                into.schema.SetInParent()
                for _ in range(self.random.randrange(4)):
                    into.schema.columns.add(
                        name=choose("abc"), type=choose(list(idl.SchemaType.SchemaColumn.SchemaColumnType.values()))
                    )
            case "dataset":
                dataset = into.structured_dataset_type
                dataset.format = choose(["", "", "parquet", "Parquet", "csv"])
                for _ in range(self.random.randrange(4)):
                    column = dataset.columns.add(name=choose("abc"))
                    if self.random.random() < 0.95:
                        self.fill(column.literal_type, 0 if self.random.random() < 0.8 else depth - 1)
            case "list":
                self.fill(into.collection_type, depth - 1)
            case "map":
                self.fill(into.map_value_type, depth - 1)
            case "union":
                into.union_type.SetInParent()
                for _ in range(choose([0, 1, 1, 2, 2, 3])):
                    self.fill(into.union_type.variants.add(), depth - 1)
        if self.random.random() < 0.2:
            into.structure.tag = choose(["", "x", "y"])
        if self.random.random() < 0.1:
            idl.fill_struct(into.annotation.annotations, {"k": 1})

    def mutate(self, into: idl.LiteralType) -> None:
        """Change one thing, at a random depth."""
        chance = self.random.random
        children = {
            "collection_type": lambda: [into.collection_type],
            "map_value_type": lambda: [into.map_value_type],
            "union_type": lambda: list(into.union_type.variants),
        }.get(into.WhichOneof("type") or "", list)()
        if children and chance() < 0.7:
            self.mutate(self.random.choice(children))
            return
        if chance() < 0.15:
            into.structure.tag = self.random.choice(["", "x", "y"])
            return
        match into.WhichOneof("type"):
            case "simple" if into.simple == idl.SimpleType.STRUCT and into.HasField("metadata"):
                changed = self.schemas.mutated(idl.read_struct(into.metadata))
                into.metadata.Clear()
                idl.fill_struct(into.metadata, changed)
            case "simple":
                into.simple = self.random.choice([*SIMPLE, idl.SimpleType.NONE])
            case "enum_type":
                values = list(into.enum_type.values)
                self.random.shuffle(values)
                del into.enum_type.values[:]
                into.enum_type.values.extend(values if chance() < 0.5 else values[1:])
            case "blob":
                into.blob.format = self.random.choice(["", "csv", "CSV"])
            case "schema" | "structured_dataset_type" as kind:
                columns = getattr(into, kind).columns
                if columns and chance() < 0.5:
                    del columns[self.random.randrange(len(columns))]
                elif kind == "schema" and chance() < 0.5:
                    self.become_dataset(into)
                elif columns and kind == "structured_dataset_type" and chance() < 0.5:
                    self.mutate(self.random.choice(columns).literal_type)
                elif kind == "structured_dataset_type":
                    into.structured_dataset_type.format = self.random.choice(["", "parquet", "PARQUET", "csv"])
            case "union_type" if into.union_type.variants:
                variants = list(into.union_type.variants)
                self.random.shuffle(variants)
                kept = idl.UnionType(variants=variants if chance() < 0.5 else variants[1:])
                into.union_type.CopyFrom(kept)
            case _:
                self.fill(into, 1)

    def become_dataset(self, into: idl.LiteralType) -> None:
        kinds = [
            idl.SimpleType.INTEGER,
            idl.SimpleType.FLOAT,
            idl.SimpleType.STRING,
            idl.SimpleType.BOOLEAN,
            idl.SimpleType.DATETIME,
            idl.SimpleType.DURATION,
        ]
        columns = [(column.name, kinds[column.type]) for column in into.schema.columns]
        into.structured_dataset_type.format = self.random.choice(["", "parquet"])
        for name, simple in columns:
            into.structured_dataset_type.columns.add(name=name).literal_type.simple = simple

    def literal(self, depth: int) -> idl.Literal:
        into = idl.Literal()
        self.fill_literal(into, depth)
        return into

    def fill_literal(self, into: idl.Literal, depth: int) -> None:
        choose = self.random.choice
        scalars = ["int", "int", "float", "str", "bool", "none", "primitive", "time", "span"]
        others = ["unset", "scalar", "binary", "generic", "blob", "schema", "dataset", "error", "union", "offloaded"]
        match choose(scalars + others * (self.random.random() < 0.5) + ["list", "map"] * (depth * 3)):
            case "int":
                into.scalar.primitive.integer = choose([0, 1])
            case "float":
                into.scalar.primitive.float_value = 0.5
            case "str":
                into.scalar.primitive.string_value = "s"
            case "bool":
                into.scalar.primitive.boolean = False
            case "time":
                into.scalar.primitive.datetime.seconds = 1
            case "span":
                into.scalar.primitive.duration.seconds = 1
            case "none":
                into.scalar.none_type.SetInParent()
            case "primitive":
                into.scalar.primitive.SetInParent()
            case "scalar":
                into.scalar.SetInParent()
            case "binary":
                into.scalar.binary.tag = choose(["msgpack", "", "x"])
            case "generic":
                into.scalar.generic.SetInParent()
            case "error":
                into.scalar.error.SetInParent()
            case "blob":
                into.scalar.blob.uri = "s3://b/k"
                if self.random.random() < 0.8:
                    into.scalar.blob.metadata.SetInParent()
                    if self.random.random() < 0.8:
                        into.scalar.blob.metadata.type.format = choose(["csv", 'q"\\\n\x01é', ""])
            case "schema":
                into.scalar.schema.SetInParent()
                if self.random.random() < 0.8:
                    into.scalar.schema.type.columns.add(name=choose("ab"), type=choose([0, 2]))
            case "dataset":
                into.scalar.structured_dataset.SetInParent()
                if self.random.random() < 0.8:
                    into.scalar.structured_dataset.metadata.SetInParent()
                    if self.random.random() < 0.8:
                        drawn = idl.LiteralType()
                        drawn.structured_dataset_type.format = choose(["csv", "parquet"])
                        column = drawn.structured_dataset_type.columns.add(name="a")
                        self.fill(column.literal_type, 1)
                        into.scalar.structured_dataset.metadata.structured_dataset_type.CopyFrom(
                            drawn.structured_dataset_type
                        )
            case "union":
                into.scalar.union.value.scalar.none_type.SetInParent()
                if self.random.random() < 0.9:
                    self.fill(into.scalar.union.type, 2)
            case "offloaded":
                into.offloaded_metadata.uri = "s3://b/k"
                if self.random.random() < 0.8:
                    self.fill(into.offloaded_metadata.inferred_type, 2)
            case "list":
                into.collection.SetInParent()
                for _ in range(self.random.randrange(4)):
                    self.fill_literal(into.collection.literals.add(), depth - 1)
            case "map":
                into.map.SetInParent()
                for key in self.random.sample("abc", self.random.randrange(4)):
                    self.fill_literal(into.map.literals[key], depth - 1)


class Schemas:
    """Random JSON schemas with every keyword that matters, and mutations of them."""

    FORMATS = ("date", "date-time", "email", "encoding", "regex", "path", "uuid", "time-delta")
    PATTERNS = ("a", "^[a-z]+$", "(?!x)y", r"\d{2,3}", "[", "(", "a**", r"(a)\1")
    DRAFTS = (
        "http://json-schema.org/draft-07/schema#",
        "http://json-schema.org/draft-07/schema#",
        "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-04/schema#",
        "https://json-schema.org/draft/2020-12/schema",
    )
    KEYWORDS = (
        "type",
        "title",
        "default",
        "format",
        "enum",
        "const",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "multipleOf",
        "minItems",
        "maxItems",
        "items",
        "additionalItems",
        "uniqueItems",
        "required",
        "minProperties",
        "maxProperties",
        "properties",
        "additionalProperties",
        "patternProperties",
        "dependencies",
        "propertyNames",
        "not",
        "if",
        "then",
        "anyOf",
        "allOf",
        "oneOf",
        "$ref",
    )
    TYPES = ("string", "number", "integer", "boolean", "null", "object", "array")

    def __init__(self, source: random.Random) -> None:
        self.random = source

    def document(self) -> dict[str, Any]:
        names = self.random.sample("abcd", self.random.randrange(1, 4))
        schema: dict[str, Any] = {"type": "object", "properties": {name: self.field(2) for name in names}}
        if self.chance(0.5):
            schema["required"] = names[: self.random.randrange(len(names) + 1)]
        if self.chance(0.3):
            schema["additionalProperties"] = False
        if self.chance(0.4):
            schema["title"] = self.random.choice("TU")
        if self.chance(0.2):
            schema["$schema"] = self.random.choice(self.DRAFTS)
        if self.chance(0.3):
            schema[self.random.choice(["definitions", "$defs"])] = {"D": self.field(1), "E": self.field(1)}
        return schema

    def field(self, depth: int) -> Any:
        """A sub-schema, mostly well formed, with one to four keywords."""
        if self.chance(0.04):
            return self.chance(0.5)
        schema: dict[str, Any] = {}
        if self.chance(0.85):
            schema["type"] = self.value("type", depth)
        for _ in range(self.random.choice((0, 0, 1, 1, 2))):
            keyword = self.random.choice(self.KEYWORDS)
            schema[keyword] = self.value(keyword, depth)
        return schema

    def value(self, keyword: str, depth: int) -> Any:
        choose = self.random.choice
        below = (lambda: self.field(depth - 1)) if depth else (lambda: {"type": choose(self.TYPES)})
        if self.chance(0.01):
            return choose([None, -1, 1.5, "x", [], {}, True])
        match keyword:
            case "type":
                return choose(self.TYPES) if self.chance(0.9) else self.random.sample(self.TYPES, 2)
            case "title" | "default":
                return choose("TUV")
            case "format":
                return choose(self.FORMATS)
            case "enum":
                return self.random.sample(["a", "b", "", 1, None], self.random.randrange(1, 3))
            case "const":
                return choose([1, 2, "a", None, True, [1], {"a": 1}])
            case "pattern":
                return choose(self.PATTERNS)
            case "minimum" | "maximum" | "exclusiveMinimum":
                return choose([-1, 0, 1.5, 2, 1e22])
            case "multipleOf":
                return choose([0.5, 1, 2, 2.5, 4])
            case "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties":
                return choose([0, 1, 2, 3])
            case "items":
                return below() if self.chance(0.7) else [below() for _ in range(self.random.randrange(1, 3))]
            case "additionalItems" | "additionalProperties":
                return choose([True, False, below()])
            case "uniqueItems":
                return self.chance(0.5)
            case "required":
                return self.random.sample("abcd", self.random.randrange(3))
            case "properties" | "dependencies":
                return {name: below() for name in self.random.sample("abcd", self.random.randrange(3))}
            case "patternProperties":
                return {choose(self.PATTERNS): below()}
            case "anyOf" | "allOf" | "oneOf":
                return [below() for _ in range(self.random.randrange(1, 4))]
            case "$ref":
                return choose(["#/definitions/D", "#/definitions/E", "#/$defs/D", "#", "#/definitions/none"])
            case _:
                return below()

    def mutated(self, schema: Any) -> Any:
        """The same schema with one keyword changed, added or removed, somewhere."""
        if not isinstance(schema, dict):
            return self.field(1)
        changed = json.loads(json.dumps(schema))
        places = [place for place in walk(changed) if isinstance(place, dict)]
        place = self.random.choice(places)
        keys = list(place)
        roll = self.random.random()
        if roll < 0.4 and keys:
            del place[self.random.choice(keys)]
        elif roll < 0.7 and keys and set(keys) & set(self.KEYWORDS):
            keyword = self.random.choice(sorted(set(keys) & set(self.KEYWORDS)))
            place[keyword] = self.value(keyword, 1)
        elif roll < 0.95:
            keyword = self.random.choice(self.KEYWORDS)
            place[keyword] = self.value(keyword, 1)
        return changed

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability


def walk(tree: Any) -> Iterable[Any]:
    yield tree
    if isinstance(tree, dict):
        for value in tree.values():
            yield from walk(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from walk(item)
