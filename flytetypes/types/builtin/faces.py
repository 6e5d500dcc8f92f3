"""What lists and dicts share: one converter out of the functions of both faces, one by one and in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.types._boxes import Fetch, Inbox, Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._depth import limited, too_deep
from flytetypes.types._plain import PlainCodec

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

C = TypeVar("C")


class Faces(Protocol[C]):
    """The functions of one collection, as `Converter` describes them; in bulk where its items are primitives."""

    plain: PlainCodec[C] | None

    def encode(self, values: C, into: idl.Literal, out: Outbox) -> None: ...
    def decode(self, literal: idl.Literal, inbox: Inbox) -> C: ...
    def write(self, values: C, out: Outbox) -> bytes: ...
    def read(self, data: bytes, inbox: Inbox) -> C: ...
    def encode_bulk(self, values: C, into: idl.Literal, out: Outbox) -> None: ...
    def decode_bulk(self, literal: idl.Literal, inbox: Inbox) -> C: ...
    def write_bulk(self, values: C, out: Outbox) -> bytes: ...
    def read_bulk(self, data: bytes, inbox: Inbox) -> C: ...
    def offloads(self, literal: idl.Literal) -> Iterator[str | Fetch]: ...


def collection_converter(
    annotation: Annotation,
    transformer: str,
    cls: type[C],
    faces: Faces[C],
    item: Converter[Any],
    engine: TypeEngine,
    *,
    label: str,
    own_levels: int,
    literal_type: Callable[[Typing], idl.LiteralType],
) -> Converter[C]:
    """The converter of a collection of one type of item.

    Args:
        annotation: What is compiled.
        transformer: Name of the transformer that compiles it.
        cls: The exact class of the values.
        faces: Their conversion.
        item: The converter of the items.
        engine: Who compiles.
        label: What an item is called: "element", "value".
        own_levels: How many messages the collection puts around an item.
        literal_type: The type on the wire.
    """
    in_bulk = item.bulk is not None
    levels = None if item.levels is None else item.levels + own_levels
    return Converter(
        annotation,
        transformer,
        literal_type=literal_type,
        encode=faces.encode_bulk if in_bulk else limited(faces.encode, levels),
        decode=faces.decode_bulk if in_bulk else faces.decode,
        write=None if too_deep(levels) else faces.write_bulk if in_bulk else faces.write,
        read=faces.read_bulk if in_bulk else faces.read,
        engine=engine,
        classes=(cls,),
        plain=faces.plain,
        levels=levels,
        runs_code=item.runs_code,
        offloads=None if item.offloads is None else faces.offloads,
        parts=((label, item),),
    )
