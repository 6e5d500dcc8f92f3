"""What flytekit 1.16 writes and reads, row by row; save the rows in `tests/golden/better.json`, which we answer better.

An entry there has the rule of ours that it follows, and what we do instead. A row that is listed and
would pass as it stands fails, so the list cannot rot.

Every row is converted by both faces, and whatever goes in has to come out, of its own class.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pytest

from flytetypes import idl
from flytetypes._annotations import key_of
from flytetypes.data import FlyteSchema, Handle, StructuredDataset
from flytetypes.errors import AnnotationError, ConversionError, FlyteTypesError
from flytetypes.interface import Interface
from flytetypes.testing import same
from flytetypes.types import Converter, OfType, TypeEngine, source_code
from golden_names import DIRECTORY, GOLDEN, VECTORS, Row, annotation_of, fill, names, rows, value_of

M = TypeVar("M", bound=idl.Message)

BETTER: dict[str, dict[str, Any]] = json.loads((GOLDEN / "better.json").read_text())
REFUSED = "refused"

ENGINE = TypeEngine()


def by_id(kind: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", kind, ids=[row["id"] for row in kind])


def masked(message: M, root: str = DIRECTORY) -> Any:
    """A message as JSON, in hex where JSON has no form for it; with the names of uploaded objects as in the rows.

    The directory that stands for that of the rows has a name of the same length, so that it can be replaced in the bytes.
    """
    data = message.SerializeToString(deterministic=True).replace(root.encode(), DIRECTORY.encode())
    message = type(message).FromString(re.sub(rb"(?<=/)[0-9a-f]{32}(?![0-9a-f])", b"0" * 32, data))
    try:
        return json.loads(json.dumps(idl.to_json(message)))
    except ValueError:
        return message.SerializeToString(deterministic=True).hex()


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


def encoded(converter: Converter[Any], value: Any) -> idl.Literal:
    """The literal of a value; what it refers to is stored. Where nothing is, both faces must write the same."""
    literal = converter.to_literal(value)
    if converter.offloads is None:
        assert converter.to_bytes(value) == literal.SerializeToString(deterministic=True)
    return literal


def decoded(converter: Converter[Any], literal: idl.Literal) -> Any:
    """The value in a literal, which must be the same by both faces."""
    data = literal.SerializeToString(deterministic=True)
    try:
        value = converter.to_python(literal)
    except ConversionError as error:
        with pytest.raises(ConversionError) as caught:
            converter.from_bytes(data)
        assert str(caught.value) == str(error)
        raise
    if not isinstance(value, Iterator):
        assert same(converter.from_bytes(data), value)
    return value


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    """The directory that stands for that of the rows: a name of as many letters, of which mkdtemp chooses eight."""
    parent, _, name = DIRECTORY.rpartition("/")
    with tempfile.TemporaryDirectory(prefix=name[:-8], dir=parent) as directory:
        assert len(directory) == len(DIRECTORY)
        fill(Path(directory))
        yield directory


@pytest.fixture
def engine(root: str) -> TypeEngine:
    return TypeEngine(prefix=f"{root}/raw")


def ours(row: Row, engine: TypeEngine, root: str) -> dict[str, Any]:
    """What we do with a row of `vectors`, with our directory as that of the rows; refusals by their message."""
    answer = _ours(row, engine, root)
    return {key: text.replace(root, DIRECTORY) if isinstance(text, str) else text for key, text in answer.items()}


def _ours(row: Row, engine: TypeEngine, root: str) -> dict[str, Any]:
    try:
        converter = engine.converter(annotation_of(row))
        answer = {"literal_type": masked(converter.literal_type)}
    except AnnotationError as error:
        return {"type_error": str(error)}
    if "value" not in row:
        return answer
    value = value_of(row, root)
    before = value if isinstance(value, Iterator) else copy.deepcopy(value)
    try:
        literal = encoded(converter, value)
    except ConversionError as error:
        return {**answer, "encode_error": str(error)}
    assert unchanged(value, before), "the value was changed"
    back = decoded(converter, literal)
    if not stands_for(back, value_of(row, root)):
        answer["decoded"] = repr(back)
    return {**answer, "literal": masked(without_extensions(literal), root)}


def unchanged(value: Any, before: Any) -> bool:
    """Whether a value is as its copy; a dataset is, when its frame is."""
    if isinstance(value, StructuredDataset) and value.dataframe is not None:
        return same(value.dataframe, before.dataframe)
    return same(value, before)


def stands_for(back: Any, value: Any) -> bool:
    """Whether a value is what another one was stored as: a handle for a path, the declared columns of a frame."""
    if isinstance(back, (Handle, StructuredDataset, FlyteSchema)):
        return True
    if isinstance(value, Iterator):
        return list(back) == list(value)
    if isinstance(back, pd.DataFrame) and isinstance(value, pd.DataFrame):
        return same(back, value[list(back.columns)])
    if dataclasses.is_dataclass(back) and type(back) is type(value):
        return all(map(stands_for, vars(back).values(), vars(value).values()))
    return same(back, value)


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
def test_vectors(row: Row, monkeypatch: pytest.MonkeyPatch, engine: TypeEngine, root: str) -> None:
    for name, value in row.get("env", {}).items():
        monkeypatch.setenv(name, value)
    judge(row, ours(row, engine, root), theirs(row))


def _is_pickled(row: Row) -> bool:
    return "masked_random_hex" in row and "PythonPickle" in json.dumps(row["literal_type"])


# But for a Series: with the switch too it is a frame.
PICKLED = [row for row in rows("vectors") if row["id"] in BETTER and _is_pickled(row) and row["id"] != "series"]


@by_id(PICKLED)
def test_what_is_refused_here_and_pickled_there_is_pickled_with_the_switch(row: Row, root: str) -> None:
    assert ours(row, TypeEngine(allow_pickle=True, prefix=f"{root}/raw"), root) == theirs(row)


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
    """Whether a value has a repr, or equals what the repr evaluates to: a map on the wire has no order.

    Of handles flytekit shows the place, or nothing that is the same twice; of datasets it forgets the place.
    """
    if isinstance(value, Handle):
        return text in ("", str(value))
    if isinstance(value, StructuredDataset):
        return repr(value).replace(repr(value.uri), "None") == text
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
# What no annotation gives back without saying the type outright: a model is made as a dataclass, which says less of
# itself, and arrays of a class that is loaded say nothing of switches.
OF_TYPE = {
    *("dc-hasmodel", "dc-hasdf", "model-flyte", "sd-arrow"),
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
