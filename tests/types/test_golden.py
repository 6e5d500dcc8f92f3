"""What flytekit 1.16 writes and reads, row by row; save the rows in `tests/golden/better.json`, which we answer better.

An entry there has the rule of ours that it follows, and what we do instead. A row that is listed and
would pass as it stands fails, so the list cannot rot.

Every row is converted by both faces, and whatever goes in has to come out, of its own class.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from flytetypes import idl
from flytetypes._annotations import key_of
from flytetypes.errors import AnnotationError, ConversionError, FlyteTypesError
from flytetypes.interface import Interface
from flytetypes.testing import same
from flytetypes.types import Converter, Inbox, OfType, Outbox, TypeEngine, source_code
from golden_names import GOLDEN, VECTORS, Row, annotation_of, names, rows, value_of

BETTER: dict[str, dict[str, Any]] = json.loads((GOLDEN / "better.json").read_text())
PREFIX = VECTORS["meta"]["conventions"]["raw_output_prefix"] + "/"
REFUSED = "refused"

ENGINE = TypeEngine()


def by_id(kind: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", kind, ids=[row["id"] for row in kind])


def masked(message: idl.Message) -> Any:
    """A message as JSON, names of uploaded objects masked as in the rows; in hex where JSON has no form for it."""
    try:
        tree = json.dumps(idl.to_json(message))
    except ValueError:
        return message.SerializeToString(deterministic=True).hex()
    return json.loads(re.sub(r"(?<=/)[0-9a-f]{32}(?=[/\"])", "0" * 32, tree))


def without_extensions(literal: idl.Literal) -> idl.Literal:
    """A copy without what we may add to `Literal.metadata`; the only place where a row may differ."""
    bare = idl.Literal()
    bare.CopyFrom(literal)
    for part in parts_of(bare):
        for key in [key for key in part.metadata if key.startswith("flytetypes.")]:
            del part.metadata[key]
    return bare


def parts_of(literal: idl.Literal) -> Iterator[idl.Literal]:
    yield literal
    match literal.WhichOneof("value"):
        case "collection":
            children = list(literal.collection.literals)
        case "map":
            children = list(literal.map.literals.values())
        case "scalar" if literal.scalar.WhichOneof("value") == "union":
            children = [literal.scalar.union.value]
        case _:
            children = []
    for child in children:
        yield from parts_of(child)


def encoded(converter: Converter[Any], value: Any) -> tuple[idl.Literal, dict[str, bytes]]:
    """A literal and the objects it refers to. Nothing is stored: the rows name a folder that is not ours to write."""
    literal, out = idl.Literal(), Outbox(PREFIX)
    converter.encode(value, literal, out)
    if not out.uploads:
        assert converter.write(value, Outbox(PREFIX)) == literal.SerializeToString(deterministic=True)
    return literal, out.contents()


def decoded(converter: Converter[Any], literal: idl.Literal, objects: dict[str, bytes] | None = None) -> Any:
    """The value in a literal, which must be the same by both faces."""
    inbox = Inbox(objects or {})
    data = literal.SerializeToString(deterministic=True)
    try:
        value = converter.decode(literal, inbox)
    except ConversionError as error:
        with pytest.raises(ConversionError) as caught:
            converter.read(data, inbox)
        assert str(caught.value) == str(error)
        raise
    assert same(converter.read(data, inbox), value)
    return value


def ours(row: Row, engine: TypeEngine = ENGINE) -> dict[str, Any]:
    """What we do with a row of `vectors`; refusals by their message."""
    try:
        converter = engine.converter(annotation_of(row))
        answer = {"literal_type": masked(converter.literal_type)}
    except AnnotationError as error:
        return {"type_error": str(error)}
    if "value" not in row:
        return answer
    value = value_of(row)
    before = copy.deepcopy(value)
    try:
        literal, objects = encoded(converter, value)
    except ConversionError as error:
        return {**answer, "encode_error": str(error)}
    assert same(value, before), "the value was changed"
    back = decoded(converter, literal, objects)
    if not same(back, value):
        answer["decoded"] = repr(back)
    return {**answer, "literal": masked(without_extensions(literal))}


def theirs(row: Row) -> dict[str, Any]:
    """The same of flytekit, from the row. What it reads back is the subject of `test_what_flytekit_wrote_is_read`."""
    if "type_error" in row:
        return {"type_error": REFUSED}
    answer = {"literal_type": masked(idl.LiteralType.FromString(bytes.fromhex(row["literal_type_hex"])))}
    if "encode_error" in row:
        return {**answer, "encode_error": REFUSED}
    if "value" in row:
        answer["literal"] = masked(idl.Literal.FromString(bytes.fromhex(row["literal_hex"])))
        if "decoded_repr" in row and row["decoded_type"] != type(value_of(row)).__name__:
            answer["decoded"] = row["decoded_repr"]  # a value that stands for one of another class
    return answer


def reduced(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: REFUSED if key.endswith("_error") else value for key, value in answer.items()}


def judge(row: Row, answer: dict[str, Any], golden: dict[str, Any]) -> None:
    """Compare an answer with the row, or with the entry of the list that stands for it."""
    entry = BETTER.get(row["id"])
    if entry is None:
        assert reduced(answer) == golden
        return
    assert reduced(answer) != golden, f"{row['id']} passes as it stands: take it off the list"
    assert {key: answer[key] for key in answer if reduced(answer).get(key) != golden.get(key)} == entry["ours"]


@by_id(rows("vectors"))
def test_vectors(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in row.get("env", {}).items():
        monkeypatch.setenv(name, value)
    judge(row, ours(row), theirs(row))


PICKLED = [row for row in rows("vectors") if "masked_random_hex" in row and row["id"] in BETTER]


@by_id(PICKLED)
def test_what_is_refused_here_and_pickled_there_is_pickled_with_the_switch(row: Row) -> None:
    assert ours(row, TypeEngine(allow_pickle=True)) == theirs(row)


WRITTEN = [
    row
    for row in rows("vectors")
    if "decoded_repr" in row and "masked_random_hex" not in row and row["id"] not in BETTER
]


@by_id(WRITTEN)
def test_what_flytekit_wrote_is_read(row: Row) -> None:
    """Without our metadata: what comes out is what flytekit itself makes of it."""
    literal = idl.Literal.FromString(bytes.fromhex(row["literal_hex"]))
    assert shown_alike(decoded(ENGINE.converter(annotation_of(row)), literal), row["decoded_repr"])


@by_id(rows("decode"))
def test_decode(row: Row) -> None:
    literal = idl.Literal.FromString(bytes.fromhex(row["literal_hex"]))
    golden = {"decode_error": REFUSED} if "decode_error" in row else {"decoded": row.get("decoded_repr", "")}
    try:
        value = decoded(ENGINE.converter(annotation_of(row)), literal)
    except (AnnotationError, ConversionError) as error:
        answer = {"decode_error": str(error)}
    else:
        same_text = "decoded" in golden and shown_alike(value, golden["decoded"])
        answer = golden if same_text else {"decoded": repr(value)}
    judge(row, answer, golden)


def shown_alike(value: object, text: str) -> bool:
    """Whether a value has a repr, or equals what the repr evaluates to: a map on the wire has no order."""
    if repr(value) == text:
        return True
    try:
        return same(value, eval(text, names()))
    except (SyntaxError, NameError):
        return False


# --- guesses ----------------------------------------------------------------------------------------------------------

BETTER_GUESSES: dict[str, dict[str, str]] = json.loads((GOLDEN / "better-guesses.json").read_text())


@by_id(VECTORS["guess"])
def test_guess(row: Row) -> None:
    """As flytekit, save the rows in `better-guesses.json`: each has its rule, and our annotation as source code."""
    literal_type = idl.LiteralType.FromString(bytes.fromhex(row["literal_type_hex"]))
    entry = BETTER_GUESSES.get(row["id"])
    if "error" in row and entry is None:
        with pytest.raises(AnnotationError):
            TypeEngine().guess(literal_type)
        return
    engine = TypeEngine()
    guess = engine.guess(literal_type)
    assert engine.literal_type(guess) == literal_type
    as_theirs = "error" not in row and is_as_theirs(guess, row["guess"])
    if entry is None:
        assert as_theirs
    else:
        assert not as_theirs, f"{row['id']} passes as it stands: take it off the list"
        assert str(source_code(guess)) == entry["ours"]


def is_as_theirs(guess: Any, text: str) -> bool:
    """Whether a guess is what flytekit's repr of its guess evaluates to."""
    shown = {"NoneType": type(None), "Enum": lambda **values: values, "datetime": names()["datetime"].datetime}
    try:
        expected = eval(text, {**names(), **shown})
    except SyntaxError:  # it shows a class that it made
        return False
    if isinstance(expected, dict):
        return {member.name: member.value for member in guess} == expected
    return bool(key_of(guess) == key_of(expected))


def test_every_better_guess_is_a_row_with_a_rule() -> None:
    assert set(BETTER_GUESSES) <= {row["id"] for row in VECTORS["guess"]}
    assert all(entry["rule"] and entry["ours"] for entry in BETTER_GUESSES.values())


# The first row of each type.
TYPED = {row["literal_type_hex"]: row for row in reversed(VECTORS["vectors"]) if row.get("literal_type_hex")}
# What no annotation gives back without saying the type outright. The classes of files, datasets and schemas come with
# those; a model is made as a dataclass, which says less of itself.
OF_TYPE = {
    *("dc-flyte", "dc-hasdf", "dc-hasmodel", "model-flyte", "np-obj-pickle", "textio", "iterator-json-empty"),
    *("file-remote", "file-fmt", "file-targz", "file-typevar", "dir-fmt", "dir-local", "dir-tensorboard"),
    *("sd-uri", "sd-cols", "sd-cols-np", "sd-cols-fmt", "sd-cols-nested", "sd-arrow", "sd-df-unknown-fmt"),
    *("df-cols", "df-csv", "schema", "schema-cols-val"),
    *("model-old-format", "model-default", "model-alias", "model-inf", "model-dc", "ann-model"),
}


@by_id(list(TYPED.values()))
def test_every_type_of_flytekit_is_guessed(row: Row) -> None:
    literal_type = idl.LiteralType.FromString(bytes.fromhex(row["literal_type_hex"]))
    engine = TypeEngine()
    guess = engine.guess(literal_type)
    assert engine.literal_type(guess) == literal_type
    extras = getattr(guess, "__metadata__", ())
    assert any(isinstance(extra, OfType) for extra in extras) == (row["id"] in OF_TYPE)


@by_id(VECTORS["interface"])
def test_interface(row: Row) -> None:
    module = {**names()}
    exec(row["source"], module)
    if "error" in row:
        with pytest.raises(FlyteTypesError):
            Interface.of(module["f"], ENGINE)
        return
    interface = Interface.of(module["f"], ENGINE)
    assert masked(interface.to_idl()) == masked(idl.TypedInterface.FromString(bytes.fromhex(row["interface_hex"])))
    assert interface.to_idl().SerializeToString(deterministic=True).hex() == row["interface_hex"]
    assert interface.to_parameters().SerializeToString(deterministic=True).hex() == row["parameters_hex"]


def test_every_entry_of_the_list_is_a_row_with_a_rule() -> None:
    known = {row["id"] for kind in ("vectors", "decode") for row in rows(kind)}
    assert set(BETTER) <= known
    assert all(entry["rule"] and entry["ours"] for entry in BETTER.values())
