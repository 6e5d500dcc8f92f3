"""Adding a type as another one: its values travel as values of an annotation that is supported already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation, source_of
from flytetypes._record import Record
from flytetypes.errors import ConversionError, describe, told
from flytetypes.types import _names
from flytetypes.types._boxes import Fetch, Inbox, Outbox
from flytetypes.types._converter import Converter, Typing, parse_literal
from flytetypes.types._forms import class_path, form_of, represented, with_form
from flytetypes.types._plain import Dumping, Loading, PlainCodec
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._shared import shared_registry

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

T = TypeVar("T")


class OlderForm(Record):
    """What values of a represented class once were on the wire.

    Attributes:
        as_: The annotation that stood for it.
        load: From a value of that to one of the class.
    """

    as_: Any
    load: Callable[[Any], Any]


def represent(
    cls: type[T],
    *,
    as_: Any,
    dump: Callable[[T], Any],
    load: Callable[[Any], T],
    name: str | None = None,
    older: Sequence[OlderForm] = (),
    registry: Registry | None = None,
) -> TypeTransformer[T]:
    """Have values of a class travel as values of another annotation.

    Args:
        cls: The class; not those derived from it.
        as_: Any supported annotation: `str`, `dict[str, float]`, a dataclass.
        dump: From a value to one of `as_`.
        load: And back: `load(dump(value))` equals the value, and is of the same class.
        name: Stored in data, so that it may never change; by default the module and name of the class.
        older: What was written before, the oldest first: it is read, and never written again. So the first form has the
            version 1, and the present one is the last.
        registry: With which to register; by default the one that engines share.

    Returns:
        The transformer, which is registered.

    Raises:
        RegistrationError: When the class or the name belongs to another transformer.
    """
    if not isinstance(cls, type):
        raise TypeError(f"represent() takes a class, got {describe(cls)}")
    representing = _Representing(cls, as_, dump, load, name or class_path(cls), older)
    (registry or shared_registry()).register(representing, cls, subclasses=False)
    return representing


class _Representing(TypeTransformer[Any]):
    """A class whose values travel as those of another annotation."""

    def __init__(
        self,
        cls: type,
        as_: Any,
        dump: Callable[[Any], Any],
        load: Callable[[Any], Any],
        name: str,
        older: Sequence[OlderForm],
    ) -> None:
        self.name = name  # type: ignore[misc]  # one class serves many names
        self._cls = cls
        self._source = f"`{source_of(cls)}`"
        self._forms = (*older, OlderForm(as_, load))
        self._to_base = dump
        self._key = f"{_names.VERSION}:{name}"

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """The converter of the newest form, which hands literals of older ones to those."""
        bases = [engine.converter(form.as_) for form in self._forms]
        newest = len(bases)

        def literal_type(typing: Typing) -> idl.LiteralType:
            version = newest if newest > 1 else None
            return with_form(
                bases[-1].type_within(typing), self.name, **{"class": class_path(self._cls)}, version=version
            )

        converter: Converter[Any] = represented(
            annotation,
            self.name,
            bases[-1],
            dump=self._dump,
            load=self._loader(newest),
            classes=(self._cls,),
            literal_type=literal_type,
            plain=engine.plain(annotation) if bases[-1].plain is not None else None,
            parts=(("as", bases[-1]),),
        )
        return self._versioned(converter, bases)

    def _versioned(self, newest: Converter[Any], bases: list[Converter[Any]]) -> Converter[Any]:
        """The converter with its version beside each value, as told by absence for the first one."""
        text, is_first, key = str(len(bases)), len(bases) == 1, self._key.encode()

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            newest.encode(value, into, out)
            into.metadata[self._key] = text

        def read(data: bytes, inbox: Inbox) -> Any:
            # Where the key stands the version may be another one; it may also be a part of the value.
            return decode(parse_literal(data), inbox) if key in data else newest.read(data, inbox)

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            literal = inbox.open(literal)
            version = self._version(literal.metadata.get(self._key))
            return self._loader(version)(bases[version - 1].decode(literal, inbox))

        def offloads(literal: idl.Literal) -> Iterator[str | Fetch]:
            found = bases[self._version(literal.metadata.get(self._key)) - 1].offloads
            return found(literal) if found is not None else iter(())

        return newest.but(
            encode=newest.encode if is_first else encode,
            decode=decode,
            write=newest.write if is_first else None,
            read=read if is_first else None,
            offloads=offloads if any(base.offloads is not None for base in bases) else None,
            runs_code=any(base.runs_code for base in bases),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """What the other annotation has; the version in a hint."""
        bases = [engine.plain(form.as_) for form in self._forms]
        newest, versioned = bases[-1], len(bases) > 1
        mark = f"({self._key.removeprefix('flytetypes.')})"

        def dump(value: Any, dumping: Dumping) -> Any:
            if versioned:
                dumping.hint(str(len(bases)), mark=mark)
            within = newest.hinted and not dumping.to_json
            return at_its_own_place(newest.dump, self._dump(value), dumping, within=within)

        def load(tree: Any, loading: Loading) -> Any:
            version = self._version(loading.hint(mark=mark) if loading.hints else None)
            base = bases[version - 1]
            within = bool(loading.hints) and not loading.from_json
            return self._loader(version)(at_its_own_place(base.load, tree, loading, within=within))

        def at_its_own_place(convert: Callable[[Any, Any], Any], item: Any, context: Any, *, within: bool) -> Any:
            # A union around the class and one that stands for it have hints of the same kind for the same value. As
            # JSON numbers have hints too, by their place in the tree: there the two unions cannot be told apart.
            if not within:
                return convert(item, context)
            context.path.append(f"({self.name})")
            converted = convert(item, context)
            context.path.pop()
            return converted

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=newest.describe,
            classes=(self._cls,),
            natives=newest.natives,
            loads={native for base in bases for native in base.loads},
            hinted=versioned or newest.hinted,
            parts=(("as", newest),),
        )

    def _dump(self, value: Any) -> Any:
        if type(value) is not self._cls:
            reason = "a subclass would come back as its parent" if isinstance(value, self._cls) else None
            raise ConversionError(self._source, value, reason=reason)
        try:
            return self._to_base(value)
        except Exception as error:  # it is the user's code
            raise ConversionError(f"{self._source} that its `dump` takes", value, reason=told(error)) from error

    def _loader(self, version: int) -> Callable[[Any], Any]:
        """From a value of the annotation that stands for the class in a version."""
        load = self._forms[version - 1].load

        def load_value(base: Any) -> Any:
            try:
                value = load(base)
            except Exception as error:  # it is the user's code
                raise ConversionError(f"what `load` of {self._source} takes", base, reason=told(error)) from error
            if type(value) is not self._cls:
                got = f"{describe(value)} from its `load`"
                raise ConversionError(self._source, got=got)
            return value

        return load_value

    def _version(self, text: str | None) -> int:
        """Which version was written; the first where nothing says so."""
        if text is None:
            return 1
        versions = {str(version): version for version in range(1, len(self._forms) + 1)}
        if text not in versions:
            reason = f"a newer `{self.name}` wrote it: update the code that registers it"
            raise ConversionError(
                f"{self._source} of version {len(self._forms)} or older", got=f"version {text}", reason=reason
            )
        return versions[text]

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:  # noqa: ARG002
        """The class."""
        form = form_of(literal_type)
        return self._cls if form is not None and form["name"] == self.name else None
