"""Make the vectors from the tests' golden files, from `samples.py` and from our engine.

    python conformance/generate.py [--check]

What flytekit and Flyte's backend answered stays as they answered it: the engine must agree, or nothing is written. The
vectors are data that others read: rows are in a fixed order, one row a line.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "tests" / "golden"
sys.path[:0] = [str(path) for path in (HERE, HERE / "adapters", HERE.parent / "tests" / "types")]

import golden_names as golden
from flytetypes import idl
from flytetypes.errors import AnnotationError
from flytetypes.types import Outbox, TypeEngine, offload_hash
from flytetypes_adapter import answer
from samples import EXTENSIONS, FORMS, OFFLOADED, PLAIN, STORED, Sample
from serve import Refused, Unsupported

VERSION = 1
VECTORS = HERE / "vectors"
ENGINE = TypeEngine()
Row = dict[str, Any]

REFUSED = object()
"""What our engine says to wrong data."""
UNSUPPORTED = object()
"""What our adapter says where there is nothing to ask."""

KEYS = (
    "id",
    "says",
    "why",
    "asks",
    "refused",
    "castable",
    "any_order",
    "type",
    "up",
    "down",
    "literal",
    "value",
    "again",
    "guess",
)
"""The order of these in a row; others follow."""

DISAGREEMENTS: list[str] = []

LONGEST_JSON = 400
"""Characters: a type's JSON is for reading."""

# Golden rows that do not lead back to what was written, so that there is nothing to ask but what they hold.
NOT_AGAIN = {
    "model-inf": "flytekit wrote null for it, which is no number",
    "hints-old-format-order": "without the hint the order is lost",
    "d-dict-generic": "the order of what is written is lost in the older form",
    "hash-list-elem": "the hash is made by the user's function",
    "hash-list": "the hash is made by the user's function",
}

# Left out: its type is that of a struct, and its literal a list.
LEFT_OUT = {"pb-listvalue"}

ABOUT = {
    "types": "LiteralTypes. `type`: parse and serialise. `guess`: the type of the native type that is guessed.",
    "literals": "Literals with the value that they hold. `value`: read. `literal`: write. `again`: read and write.",
    "castable": "Whether an output of the type `up` may feed an input of the type `down`, as Flyte's compiler says.",
    "hashes": "Hashes. The kinds `message`, `inputs` and `interface` are the backend's, `offload` is flytekit's.",
    "extensions": "Literals with our metadata. `plain` is what is read and written by those who ignore it.",
    "forms": "Literals of types that say in their annotation which form they have.",
    "offloaded": "Literals that are somewhere else. `resolve`: read through the pointer, and write it inline.",
}


def main() -> None:
    """Write the files, or say which are not as they would be written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file would change")
    check = parser.parse_args().check
    behind = []
    made = files()
    if DISAGREEMENTS:
        sys.exit("\n".join(DISAGREEMENTS))
    for name, text in made.items():
        path = VECTORS / f"{name}.json"
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        behind.append(path.name)
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if behind:
        print(f"{'not up to date' if check else 'written'}: {', '.join(behind)}")
    sys.exit(1 if behind and check else 0)


def files() -> dict[str, str]:
    """The text of each file by its name."""
    made = {
        "types": types(),
        "literals": literals(),
        "castable": castables(),
        "hashes": hashes(),
        "extensions": extensions(),
        "forms": forms(),
        "offloaded": offloaded(),
    }
    return {name: _text(name, rows) for name, rows in made.items()}


def _text(name: str, rows: Iterator[Row]) -> str:
    seen: dict[str, Row] = {}
    for row in rows:
        if row["id"] in seen:
            raise SystemExit(f"{name}: two rows are called {row['id']}")
        seen[row["id"]] = row
    lines = ",\n".join("  " + json.dumps(_ordered(row), ensure_ascii=False, allow_nan=False) for row in seen.values())
    head = f'"version": {VERSION},\n "about": {json.dumps(ABOUT[name])}'
    return f'{{{head},\n "rows": [\n{lines}\n ]}}\n' if seen else f'{{{head},\n "rows": []}}\n'


def _ordered(row: Row) -> Row:
    first = {key: row[key] for key in KEYS if key in row}
    return {**first, **{key: row[key] for key in row if key not in first}}


def ask(question: str, **more: Any) -> Any:
    """Our engine's answer, or `REFUSED`."""
    try:
        return answer({"ask": question, **more})
    except Refused:
        return REFUSED


def expect(row_id: str, question: str, wanted: Any, **more: Any) -> None:
    """Ask our engine what is known already."""
    given = ask(question, **more)
    if given != wanted:
        said, wish = ("a refusal" if it is REFUSED else json.dumps(it) for it in (given, wanted))
        DISAGREEMENTS.append(f"{row_id}: asked `{question}`, our engine says {said}, and {wish} is wanted")


def answered(row_id: str, question: str, **more: Any) -> Any:
    """Ask our engine what it must be able to answer."""
    given = ask(question, **more)
    if given is REFUSED:
        DISAGREEMENTS.append(f"{row_id}: asked `{question}`, our engine refuses")
        return None
    return given


def written(message: idl.Message) -> str:
    return message.SerializeToString(deterministic=True).hex()


# --- types ------------------------------------------------------------------------------------------------------------


def types() -> Iterator[Row]:
    """Every type of the golden rows and samples once, then what is no type."""
    seen: set[str] = set()
    known = [(row["id"], row["literal_type_hex"]) for kind in ("vectors", "guess") for row in _rows(kind)]
    samples = (*PLAIN, *STORED, *EXTENSIONS, *FORMS)
    known += [(sample.id, written(ENGINE.literal_type(sample.annotation))) for sample in samples]
    for row_id, data in known:
        if data not in seen:
            seen.add(data)
            yield _type_row(row_id, data, guess=row_id not in {sample.id for sample in FORMS})
    for row in golden.VECTORS["guess"]:
        data = row["literal_type_hex"]
        if "error" in row and ask("guess", type=data) is REFUSED:
            says = idl.render_type(idl.LiteralType.FromString(bytes.fromhex(data)))
            yield {"id": f"{row['id']}-refused", "says": says, "type": data, "asks": ["guess"], "refused": True}
    for row_id, data, note in (
        ("wrong-cut-off", "1a", "a list that is cut off"),
        ("wrong-no-message", "1a0108", "a list of what is no message"),
    ):
        expect(row_id, "type", REFUSED, type=data)
        yield {"id": row_id, "says": note, "type": data, "asks": ["type"], "refused": True}


def _rows(kind: str) -> list[Row]:
    return [row for row in golden.VECTORS[kind] if "literal_type_hex" in row]


def _type_row(row_id: str, data: str, *, guess: bool) -> Row:
    literal_type = idl.LiteralType.FromString(bytes.fromhex(data))
    expect(row_id, "type", data, type=data)
    tree = idl.to_json(literal_type)
    row: Row = {"id": row_id, "says": idl.render_type(literal_type), "type": data}
    if len(json.dumps(tree)) <= LONGEST_JSON:
        row["json"] = _sorted(tree)
    given = ask("guess", type=data) if guess else REFUSED
    if given == data:
        return {**row, "asks": ["type", "guess"]}
    if row_id == "g-union":  # without tags, which every union that is made has
        return {**row, "asks": ["type", "guess"], "guess": given}
    return {**row, "asks": ["type"]}


def _sorted(tree: Any) -> Any:
    match tree:
        case dict():
            return {key: _sorted(tree[key]) for key in sorted(tree)}
        case list():
            return [_sorted(item) for item in tree]
        case _:
            return tree


# --- literals ---------------------------------------------------------------------------------------------------------


def literals() -> Iterator[Row]:
    """What flytekit writes, what it and older SDKs wrote, our samples, and what is no value of its type."""
    better = json.loads((GOLDEN / "better.json").read_text())
    for row in golden.rows("vectors"):
        if (
            "literal_hex" in row
            and not {"masked_random_hex", "env"} & row.keys()
            and row["id"] not in better.keys() | LEFT_OUT
            and not _is_of_this_machine(row)
        ):
            yield _value_row(row["id"], row["literal_type_hex"], row["literal_hex"], again=row["id"] not in NOT_AGAIN)
    for row in golden.rows("decode"):
        if "nanos" not in row["id"] and not _is_of_this_machine(row):
            yield from _read_row(row, better)
    for sample in (*PLAIN, *STORED):
        yield _sample_row(sample)
    for name, literal_type, literal, note in WRONG:
        for question in ("value", "again"):
            expect(name, question, REFUSED, type=literal_type, literal=literal)
        yield {
            "id": name,
            "says": note,
            "type": literal_type,
            "literal": literal,
            "asks": ["value", "again"],
            "refused": True,
        }


def _is_of_this_machine(row: Row) -> bool:
    """Whether a row's literal has the path of a file that has to be there."""
    return golden.DIRECTORY.encode().hex() in row["literal_hex"]


def _value_row(row_id: str, literal_type: str, literal: str, *, note: str = "", again: bool = True) -> Row:
    """A row whose value leads to the same literal."""
    row = _described(row_id, literal_type, literal, note)
    row["asks"] = ["value"]
    row["value"] = answered(row_id, "value", type=literal_type, literal=literal)
    if again:
        expect(row_id, "again", literal, type=literal_type, literal=literal)
        if _tells_more_than_its_value(literal):
            bare = written(without_extensions(idl.Literal.FromString(bytes.fromhex(literal))))
            if bare != literal:
                row["plain"] = {"again": bare}
        else:
            expect(row_id, "literal", literal, type=literal_type, value=row["value"])
            row["asks"].append("literal")
        row["asks"].append("again")
    return row


def _tells_more_than_its_value(literal: str) -> bool:
    """Whether there is metadata that its neutral value has no place for: the user's, or a zone, class or version."""
    parsed = idl.Literal.FromString(bytes.fromhex(literal))
    of_forms = ["flytetypes.class", "flytetypes.order", "flytetypes.version"]
    if parsed.scalar.primitive.WhichOneof("value") == "string_value":
        of_forms.append("flytetypes.zone")
    return any(key.startswith(tuple(of_forms)) or not key.startswith("flytetypes.") for key in parsed.metadata)


def _described(row_id: str, literal_type: str, literal: str, note: str = "") -> Row:
    parsed = idl.LiteralType.FromString(bytes.fromhex(literal_type))
    says = idl.render_type(parsed)
    row: Row = {"id": row_id, "says": f"{says}: {note}" if note else says, "type": literal_type, "literal": literal}
    return {**row, "any_order": True} if _has_class(parsed) else row


def _has_class(literal_type: idl.LiteralType) -> bool:
    """Whether there is a schema in a type: it names fields, and does not tell their order."""
    inner = [literal_type.collection_type] if literal_type.HasField("collection_type") else []
    inner += [literal_type.map_value_type] if literal_type.HasField("map_value_type") else []
    inner += literal_type.union_type.variants
    schema = literal_type.metadata.fields
    return bool({"properties", "$ref"} & schema.keys()) or any(map(_has_class, inner))


def _read_row(golden_row: Row, better: Container[str]) -> Iterator[Row]:
    """What is only read: older forms, and what does not fit."""
    row_id, literal = golden_row["id"], golden_row["literal_hex"]
    try:
        literal_type = written(ENGINE.literal_type(golden.annotation_of(golden_row)))
    except AnnotationError:
        return
    try:
        value = ask("value", type=literal_type, literal=literal)
    except Unsupported:
        value = UNSUPPORTED  # a union without a tag
    row = _described(row_id, literal_type, literal)
    if row_id in better:
        row["why"] = (
            f"flytekit reads {golden_row['decoded_repr']}" if "decoded_repr" in golden_row else "flytekit refuses"
        )
    again = ask("again", type=literal_type, literal=literal)
    if again is REFUSED:
        yield {**row, "asks": ["value", "again"] if value is REFUSED else ["again"], "refused": True}
        return
    asks = ["again"] if value is UNSUPPORTED else ["value"] if row_id in NOT_AGAIN else ["value", "again"]
    if "value" in asks:
        row["value"] = value
    if "again" in asks:
        row["again"] = again
        bare = written(without_extensions(idl.Literal.FromString(bytes.fromhex(again))))
        if bare != again:
            row["plain"] = {"again": bare}
    yield {**row, "asks": asks}


def _sample_row(sample: Sample) -> Row:
    literal_type, literal = written(ENGINE.literal_type(sample.annotation)), _encoded(sample)
    if not sample.old_format:
        return _value_row(sample.id, literal_type, written(literal), note=sample.note)
    row = _described(sample.id, literal_type, written(literal), sample.note)
    value = answered(sample.id, "value", type=literal_type, literal=written(literal))
    now = written(ENGINE.to_literal(sample.value, sample.annotation))
    expect(sample.id, "again", now, type=literal_type, literal=written(literal))
    return {**row, "value": value, "asks": ["value", "again"], "again": now}


def _encoded(sample: Sample) -> idl.Literal:
    literal = idl.Literal()
    ENGINE.converter(sample.annotation).encode(sample.value, literal, Outbox(old_format=sample.old_format))
    return literal


WRONG = [
    ("wrong-nothing", "0801", "", "an integer; nothing is set"),
    ("wrong-cut-off", "0801", "0a040a0208", "an integer; the literal is cut off"),
    ("wrong-no-message", "0801", "0a0108", "an integer; the literal is no message"),
    ("wrong-boolean", "0801", "0a040a022001", "an integer; the literal is a boolean"),
    ("wrong-list", "0801", "12080a060a040a020801", "an integer; the literal is a list of one"),
    ("wrong-element", "1a020801", "12090a070a050a031a0161", "a list of integers; the element is text"),
    ("wrong-not-a-list", "1a020801", "0a040a020801", "a list of integers; the literal is an integer"),
    ("wrong-map-value", "22020801", "1a0c0a0a0a016112050a030a011a", "a map of integers; the value is cut off"),
    ("wrong-enum", "3a060a01610a0162", "0a050a031a0163", "an enum of a and b; the literal is c"),
    ("wrong-msgpack", "0809", "0a0e1a0c0a01c112076d73677061636b", "a struct; the bytes are no msgpack"),
    ("wrong-msgpack-rest", "0809", "0a0f1a0d0a02800012076d73677061636b", "a struct; a byte follows the msgpack value"),
    ("wrong-tag", "0809", "0a0a1a080a018012036a736f", "a struct; the bytes have another tag than msgpack"),
]


# --- castable, hashes -------------------------------------------------------------------------------------------------


def castables() -> Iterator[Row]:
    """The answers of Flyte's compiler; where it dies of the question, no."""
    for row in json.loads((GOLDEN / "castable-vectors.json").read_text())["rows"]:
        sides = [idl.from_json(idl.LiteralType, row[side]) for side in ("upstream", "downstream")]
        yield _castable_row(row["id"], sides, row)
    schemas = json.loads((GOLDEN / "castable-schema-vectors.json").read_text())
    for part in ("small", "rows"):
        for index, row in enumerate(schemas[part]):
            sides = [_struct(row[side]) for side in ("upstream", "downstream")]
            yield _castable_row(f"schema-{part}-{index:03}", sides, row)


def _struct(schema: Row) -> idl.LiteralType:
    literal_type = idl.LiteralType(simple=idl.SimpleType.STRUCT)
    idl.fill_struct(literal_type.metadata, schema)
    return literal_type


def _castable_row(row_id: str, sides: list[idl.LiteralType], golden_row: Row) -> Row:
    up, down = map(written, sides)
    fits = golden_row["castable"] is True
    expect(row_id, "castable", fits, up=up, down=down)
    row: Row = {"id": row_id, "says": " -> ".join(map(idl.render_type, sides)), "castable": fits}
    why = golden_row.get("reason", golden_row.get("why"))
    if golden_row["castable"] == "crash":
        why = "the backend dies of this comparison"
    trees = [_sorted(idl.to_json(side)) for side in sides]
    short = all(len(json.dumps(tree)) <= LONGEST_JSON for tree in trees)
    told = {"why": why} if why else {}
    return {
        **row,
        **told,
        "up": up,
        "down": down,
        **(dict(zip(("up_json", "down_json"), trees, strict=True)) if short else {}),
    }


def hashes() -> Iterator[Row]:
    """The backend's and flytekit's hashes of golden rows, and the content hash of what is in `literals.json`."""
    for row in golden.VECTORS["hash"]:
        if "literal" in row:
            literal = idl.from_json(idl.Literal, row["literal"])
            yield _hash_row(
                row["id"],
                idl.render_literal(literal),
                {"literal": written(literal)},
                message=row["backend_pbhash_std_base64"],
                offload=row["flytekit_offload_hash"],
                content=ask("hash", kind="content", literal=written(literal)),
            )
        elif "literal_map" in row:
            inputs = idl.from_json(idl.LiteralMap, row["literal_map"])
            more = {"inputs": written(inputs), "ignored": row["ignored_inputs"]}
            yield _hash_row(row["id"], "inputs of a call", more, inputs=row["backend_inputs_hash"])
        else:
            variables = written(idl.from_json(idl.VariableMap, row["variable_map"]))
            yield _hash_row(row["id"], "variables", {"variables": variables}, interface=row["backend_hash"])
    for name, literal_hex, note in CONTENT:
        content = ask("hash", kind="content", literal=literal_hex)
        row = {"id": name, "says": note, "literal": literal_hex}
        yield (
            {**row, "hashes": {"content": content}}
            if content is not REFUSED
            else {**row, "hashes": {"content": None}, "refused": True}
        )


def _hash_row(row_id: str, says: str, more: Row, **wanted: str) -> Row:
    for kind, text in wanted.items():
        expect(row_id, "hash", text, kind=kind, **more)
    return {"id": row_id, "says": says, **more, "hashes": wanted}


def _packed(data: str) -> str:
    literal = idl.Literal()
    literal.scalar.binary.value = bytes.fromhex(data)
    literal.scalar.binary.tag = "msgpack"
    return written(literal)


CONTENT = [
    ("content-tree", _packed("82a162 92c3c0 a161 cb3fe0000000000000"), "a map of b: [true, nil] and a: 0.5"),
    ("content-tree-other-order", _packed("82a161 cb3fe0000000000000 a162 92c3c0"), "the same, a first"),
    ("content-tree-float32", _packed("82a161 ca3f000000 a162 92c3c0"), "the same, with a short float"),
    ("content-int-1", _packed("01"), "1 in msgpack"),
    ("content-int-1-wide", _packed("d10001"), "1 in msgpack, in 16 bits"),
    ("content-float-1", _packed("cb3ff0000000000000"), "1.0 in msgpack: another value"),
    ("content-uint64", _packed("cfffffffffffffffff"), "2^64-1 in msgpack"),
    ("content-extension", _packed("d4057f"), "a msgpack extension"),
    ("content-two-values", _packed("0101"), "bytes that are not one msgpack value"),
    ("content-nan", "0a0b0a0911010000000000f87f", "a NaN with a payload"),
    ("content-nan-plain", "0a0b0a0911000000000000f87f", "a NaN: the same hash"),
    ("content-negative-zero", "0a0b0a09110000000000000080", "-0.0"),
    ("content-zero", "0a0b0a09110000000000000000", "0.0: another value"),
    ("content-user-hash", "0a040a020807220168", "7 with the user's hash h"),
    ("content-user-hash-only", "220168", "nothing with the user's hash h: the same hash"),
    ("content-empty-list", "1200", "a list without elements"),
    ("content-empty-map", "1a00", "a map without entries"),
    ("content-nothing", "", "nothing is set"),
    ("content-offloaded", "42080a0673333a2f2f61", "offloaded, without a hash: its value has to be read first"),
]


# --- what is ours -----------------------------------------------------------------------------------------------------


def extensions() -> Iterator[Row]:
    """Literals that have our metadata, next to what is left of them without it."""
    for sample in EXTENSIONS:
        row = _sample_row(sample)
        literal = idl.Literal.FromString(bytes.fromhex(row["literal"]))
        bare = without_extensions(literal)
        if bare == literal:
            raise SystemExit(f"{sample.id}: it has no metadata of ours")
        plain: Row = {
            "literal": written(bare),
            "value": answered(sample.id, "value", type=row["type"], literal=written(bare)),
        }
        if sample.id not in NOT_AGAIN:
            again = idl.Literal.FromString(bytes.fromhex(ask("again", type=row["type"], literal=written(bare))))
            plain["again"] = written(without_extensions(again))
        yield {**row, "plain": plain}


def without_extensions(literal: idl.Literal) -> idl.Literal:
    """A copy without metadata of ours, all the way down."""
    bare = idl.Literal()
    bare.CopyFrom(literal)
    parts = [bare]
    for part in parts:
        for key in [key for key in part.metadata if key.startswith("flytetypes.")]:
            del part.metadata[key]
        parts += [*part.collection.literals, *part.map.literals.values()]
        if part.scalar.WhichOneof("value") == "union":
            parts.append(part.scalar.union.value)
    return bare


def forms() -> Iterator[Row]:
    """Types that say their form, and literals of them; `form` is what the outermost type says."""
    for sample in FORMS:
        row = _sample_row(sample)
        said = idl.LiteralType.FromString(bytes.fromhex(row["type"])).annotation.annotations
        form = idl.read_struct(said).get("flytetypes.form")
        if "class" not in json.dumps(form) and ask("guess", type=row["type"]) == row["type"]:
            row["asks"].append("guess")
            bare = written(_without_form(idl.LiteralType.FromString(bytes.fromhex(row["type"]))))
            if bare != row["type"]:
                row["plain"] = {**row.get("plain", {}), "guess": bare}
        yield row if form is None else {**row, "form": _sorted(form)}


def _without_form(literal_type: idl.LiteralType) -> idl.LiteralType:
    """A copy as those see it who ignore forms."""
    bare = idl.LiteralType()
    bare.CopyFrom(literal_type)
    parts = [bare]
    for part in parts:
        told = part.annotation.annotations.fields
        if "flytetypes.form" in told:
            del told["flytetypes.form"]
            if not told:
                part.ClearField("annotation")
        parts += [part.collection_type] if part.HasField("collection_type") else []
        parts += [part.map_value_type] if part.HasField("map_value_type") else []
        parts += part.union_type.variants
    return bare


# --- offloaded --------------------------------------------------------------------------------------------------------


def offloaded() -> Iterator[Row]:
    """Pointers, with the objects that they point to; then what cannot be resolved."""
    for sample in OFFLOADED:
        literal = ENGINE.to_literal(sample.value, sample.annotation)
        pointer = pointer_to(_object_uri(sample.id), literal, ENGINE.literal_type(sample.annotation))
        yield _offloaded_row(sample.id, ENGINE.literal_type(sample.annotation), pointer, literal, literal, sample.note)
    number = ENGINE.literal_type(int)
    seven = ENGINE.to_literal(7, int)
    users = pointer_to(_object_uri("offloaded-hash"), seven, number)
    users.hash = "h"
    yield _offloaded_row("offloaded-hash", number, users, seven, seven, "the pointer has a hash of the user's")
    untold = pointer_to(_object_uri("offloaded-untold"), seven, number)
    for field in ("size_bytes", "inferred_type"):
        untold.offloaded_metadata.ClearField(field)
    yield _offloaded_row("offloaded-untold", number, untold, seven, seven, "neither its size nor its type is told")
    for row_id, annotation in (("offloaded-element", list[int]), ("offloaded-entry", dict[str, int])):
        part = pointer_to(_object_uri(row_id), seven, number)
        whole, inline = idl.Literal(), idl.Literal()
        for literal, last in ((whole, part), (inline, seven)):
            if annotation == list[int]:
                literal.collection.literals.extend([seven, last])
            else:
                literal.map.literals["a"].CopyFrom(last)
        yield _offloaded_row(row_id, ENGINE.literal_type(annotation), whole, seven, inline, "a part of it is elsewhere")
    yield from _unresolved(number, seven)


def _unresolved(number: idl.LiteralType, seven: idl.Literal) -> Iterator[Row]:
    text = ENGINE.to_literal("a", str)
    for row_id, content, note in (
        ("offloaded-missing", None, "there is no such object"),
        ("offloaded-damaged", "0a0108", "the object is no literal"),
        ("offloaded-other", written(text), "the object is a text"),
    ):
        literal = written(pointer_to(_object_uri(row_id), seven, number))
        row = _described(row_id, written(number), literal, note)
        row["objects"] = {} if content is None else {_object_uri(row_id): content}
        expect(row_id, "resolve", REFUSED, type=row["type"], literal=literal, objects=row["objects"])
        yield {**row, "asks": ["resolve"], "refused": True}


def _offloaded_row(
    row_id: str,
    literal_type: idl.LiteralType,
    pointer: idl.Literal,
    stored: idl.Literal,
    inline: idl.Literal,
    note: str,
) -> Row:
    row = _described(row_id, written(literal_type), written(pointer), note)
    row["objects"] = {_object_uri(row_id): written(stored)}
    expect(row_id, "resolve", written(inline), type=row["type"], literal=row["literal"], objects=row["objects"])
    return {**row, "asks": ["resolve"], "again": written(inline)}


def _object_uri(row_id: str) -> str:
    return f"memory://conformance/{row_id}.pb"


def pointer_to(uri: str, literal: idl.Literal, literal_type: idl.LiteralType) -> idl.Literal:
    """What stands in the place of a literal that is stored at a URI."""
    pointer = idl.Literal(hash=offload_hash(literal))
    pointer.offloaded_metadata.uri = uri
    pointer.offloaded_metadata.size_bytes = literal.ByteSize()
    pointer.offloaded_metadata.inferred_type.CopyFrom(literal_type)
    return pointer


if __name__ == "__main__":
    main()
