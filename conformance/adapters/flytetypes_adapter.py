"""Our own engine, as an implementation that `run.py` asks.

    python conformance/run.py -- python conformance/adapters/flytetypes_adapter.py

Classes come from where the vectors come from, by their LiteralType: another implementation writes its own for them.
"""

from __future__ import annotations

import base64
import sys
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).parent
sys.path[:0] = [str(path) for path in (HERE.parent, HERE.parents[1] / "tests" / "types")]

import msgpack

from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError, StorageError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.types import (
    TypeEngine,
    castable,
    content_hash,
    inputs_hash,
    interface_hash,
    message_hash,
    offload_hash,
)
from neutral import read, write
from serve import Refused, Unsupported, serve

M = TypeVar("M", bound=idl.Message)

ENGINE = TypeEngine()


def answer(question: dict[str, Any]) -> Any:
    """The answer to one question; raises `Refused` or `Unsupported`."""
    match question["ask"]:
        case "castable":
            return bool(castable(*(parsed(idl.LiteralType, question[side]) for side in ("up", "down"))))
        case "hash":
            return hashed(question)
        case ask:
            literal_type = parsed(idl.LiteralType, question["type"])
    match ask:
        case "type":
            return written(literal_type)
        case "guess":
            try:
                return written(ENGINE.literal_type(ENGINE.guess(literal_type)))
            except AnnotationError as error:
                raise Refused(str(error)) from None
        case "value":
            return read(parsed(idl.Literal, question["literal"]), literal_type, plainly, hints=True)
        case "again":
            return again(literal_type, parsed(idl.Literal, question["literal"]))
        case "resolve":
            store = MemoryStore()
            for uri, data in question["objects"].items():
                store.put(uri, bytes.fromhex(data))
            engine = TypeEngine(store=StoreRouter({"memory": store}))
            return again(literal_type, parsed(idl.Literal, question["literal"]), engine)
        case "literal":
            literal = idl.Literal()
            try:
                write(question["value"], literal_type, literal, packed)
            except ValueError as error:  # an integer beyond 64 bits
                raise Refused(str(error)) from None
            return again(literal_type, literal)
        case _:
            raise Unsupported(f"no answer to `{ask}`")


def parsed(message_class: type[M], text: str) -> M:
    try:
        return message_class.FromString(bytes.fromhex(text))
    except (idl.DecodeError, ValueError) as error:
        raise Refused(f"no {message_class.DESCRIPTOR.name}: {error}") from None


def written(message: idl.Message) -> str:
    return message.SerializeToString(deterministic=True).hex()


def again(literal_type: idl.LiteralType, literal: idl.Literal, engine: TypeEngine = ENGINE) -> str:
    annotation = native(literal_type)
    try:
        return engine.to_bytes(engine.to_python(literal, annotation), annotation).hex()
    except (ConversionError, StorageError) as error:
        raise Refused(str(error)) from None


def native(literal_type: idl.LiteralType) -> Any:
    """The annotation whose values are those of a type: a known one, else the guess."""
    known = classes().get(written(literal_type))
    if known is not None:
        return known
    try:
        return ENGINE.guess(literal_type)
    except AnnotationError as error:
        raise Unsupported(str(error)) from None


@cache
def classes() -> dict[str, Any]:
    """Annotations by the LiteralType that they have; guessing leads to classes of the same fields, not to these."""
    import golden_names as golden
    from samples import EXTENSIONS, FORMS, OFFLOADED, PLAIN, STORED  # the tests' own imports take their time

    annotations = [sample.annotation for sample in (*PLAIN, *STORED, *OFFLOADED, *EXTENSIONS, *FORMS)]
    annotations += [golden.annotation_of(row) for kind in ("vectors", "decode") for row in golden.rows(kind)]
    found: dict[str, Any] = {}
    for annotation in annotations:
        try:
            literal_type = ENGINE.literal_type(annotation)
        except AnnotationError:  # some rows of the tests are about that
            continue
        found.setdefault(written(literal_type), annotation)
    return found


def can_be_guessed(literal_type: idl.LiteralType) -> bool:
    try:
        return ENGINE.literal_type(ENGINE.guess(literal_type)) == literal_type
    except AnnotationError:
        return False


def plainly(literal: idl.Literal, literal_type: idl.LiteralType) -> Any:
    """A value without any class: structs are dicts. Of a union nothing, but it is refused if it is to be."""
    if literal_type.WhichOneof("type") == "union_type" and not can_be_guessed(literal_type):
        return None  # it has variants that need classes; they are read one by one
    try:
        if literal_type.simple == idl.SimpleType.STRUCT and "flytetypes.form" in literal_type.annotation.annotations:
            return msgpack.unpackb(literal.scalar.binary.value, strict_map_key=False)  # of some forms it is an array
        return ENGINE.to_python(literal, shape(literal_type))
    except (ConversionError, ValueError) as error:
        raise Refused(str(error)) from None


def shape(literal_type: idl.LiteralType) -> Any:
    """The annotation that says no more than a type without its annotation does."""
    match literal_type.WhichOneof("type"):
        case "simple" if literal_type.simple == idl.SimpleType.STRUCT:
            return dict
        case "collection_type":
            return list[shape(literal_type.collection_type)]
        case "map_value_type":
            return dict[str, shape(literal_type.map_value_type)]
    bare = idl.LiteralType()
    bare.CopyFrom(literal_type)
    bare.ClearField("annotation")
    try:
        return ENGINE.guess(bare)
    except AnnotationError as error:
        raise Unsupported(str(error)) from None


def packed(tree: Any) -> bytes:
    """A tree as msgpack, by the engine where it has a form of its own."""
    return ENGINE.to_literal(tree, dict).scalar.binary.value if isinstance(tree, dict) else msgpack.packb(tree)


def hashed(question: dict[str, Any]) -> str:
    match question["kind"]:
        case "content":
            try:
                return content_hash(parsed(idl.Literal, question["literal"]))
            except ValueError as error:
                raise Refused(str(error)) from None
        case "message":
            return base64.b64encode(message_hash(parsed(idl.Literal, question["literal"]))).decode()
        case "offload":
            return offload_hash(parsed(idl.Literal, question["literal"]))
        case "inputs":
            return inputs_hash(parsed(idl.LiteralMap, question["inputs"]), question["ignored"])
        case "interface":
            return interface_hash(parsed(idl.VariableMap, question["variables"]))
        case kind:
            raise Unsupported(f"no hash of the kind `{kind}`")


if __name__ == "__main__":
    serve(answer)
