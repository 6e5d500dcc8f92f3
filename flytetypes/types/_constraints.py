"""Constraints inside `Annotated`: `Annotated[int, Gt(0)]` of annotated-types, and what pydantic and msgspec have alike.

They are checked whenever a value is converted, both ways, and are not on the wire. None of those packages is imported:
whoever has an object of theirs has imported it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes._record import Record
from flytetypes.errors import ConversionError, told
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter
from flytetypes.types._plain import Dumping, Loading, PlainCodec

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class Constraint(Record):
    """One rule that a value has to keep."""

    text: str
    """What it asks, so that it reads on after the type: "`int` > 0"."""
    holds: Callable[[Any], bool]


def constraints_of(annotation: Annotation) -> list[Constraint]:
    """The rules inside an annotation, in their order; what is of no package that has rules is passed over.

    A rule that only its own package can check is kept by no value: it is not to be passed over silently.
    """
    return [rule for extra in annotation.extras for rule in _rules(extra)]


def _rules(extra: Any) -> Iterator[Constraint]:
    match type(extra).__module__.partition(".")[0], type(extra).__name__:
        case "annotated_types", name:
            yield from _of_annotated_types(extra, name)
        case "pydantic", "FieldInfo":  # `Annotated[int, Field(gt=0)]`
            for part in extra.metadata:
                yield from _rules(part)
        case "pydantic", "StringConstraints":
            for part in extra:
                yield from _rules(part)
        case "pydantic", name if name.endswith("Validator"):
            yield Constraint(f"with `{name}`, which only a pydantic model calls", lambda _: False)
        case "pydantic", name if isinstance(said := getattr(extra, "__dict__", None), dict):
            yield from _of_pydantic(said, name)
        case "msgspec", "Meta":
            for attribute, name in _MSGSPEC.items():
                bound = getattr(extra, attribute)
                if bound is not None:
                    yield _RULES[name](bound)
            if extra.tz is not None:
                yield _timezone(... if extra.tz else None)


def _of_pydantic(said: dict[str, Any], name: str) -> Iterator[Constraint]:
    """What pydantic has of its own: two rules that we know too, and many that only its models can check."""
    for word, bound in said.items():
        if bound is None or word in ("strict", "fail_fast"):
            continue
        if word == "pattern" and isinstance(bound, str):
            yield _RULES["pattern"](bound)
        elif word == "allow_inf_nan":
            if bound is False:
                yield Constraint("that is finite", lambda value: value - value == 0)
        else:
            asked = f"{word}={bound!r}" if name.startswith("_") else name
            yield Constraint(f"with `{asked}`, which only a pydantic model checks", lambda _: False)


# Attributes of `msgspec.Meta` to the rules that they are.
_MSGSPEC = {
    "gt": "Gt",
    "ge": "Ge",
    "lt": "Lt",
    "le": "Le",
    "multiple_of": "MultipleOf",
    "min_length": "MinLen",
    "max_length": "MaxLen",
    "pattern": "pattern",
}


def _of_annotated_types(extra: Any, name: str) -> Iterator[Constraint]:
    if name == "Predicate":
        function = extra.func
        negated = type(function).__name__ == "Not"
        asked = function.func if negated else function
        called = getattr(asked, "__qualname__", None) or repr(asked)
        holds = "does not hold" if negated else "holds"
        yield Constraint(f"for which `{called}` {holds}", lambda value: bool(function(value)))
    elif name == "Timezone":
        yield _timezone(extra.tz)
    elif name in _BOUNDS:
        yield _RULES[name](getattr(extra, _BOUNDS[name]))
    elif isinstance(extra, Iterable):  # Interval and Len consist of the others
        for part in extra:
            yield from _rules(part)


_BOUNDS = {
    "Gt": "gt",
    "Ge": "ge",
    "Lt": "lt",
    "Le": "le",
    "MultipleOf": "multiple_of",
    "MinLen": "min_length",
    "MaxLen": "max_length",
}


def _timezone(zone: Any) -> Constraint:
    if zone is None:
        return Constraint("without a time zone", lambda value: value.tzinfo is None)
    if zone is Ellipsis:
        return Constraint("with a time zone", lambda value: value.tzinfo is not None)
    # By its text: that of `timezone.utc` is `UTC`, as that of the zone of this name.
    return Constraint(f"in the time zone {zone}", lambda value: value.tzinfo == zone or str(value.tzinfo) == zone)


def _matches(pattern: str) -> Callable[[Any], bool]:
    import re

    compiled = re.compile(pattern)
    return lambda value: compiled.search(value) is not None


_RULES: dict[str, Callable[[Any], Constraint]] = {
    "Gt": lambda bound: Constraint(f"> {bound!r}", lambda value: value > bound),
    "Ge": lambda bound: Constraint(f">= {bound!r}", lambda value: value >= bound),
    "Lt": lambda bound: Constraint(f"< {bound!r}", lambda value: value < bound),
    "Le": lambda bound: Constraint(f"<= {bound!r}", lambda value: value <= bound),
    "MultipleOf": lambda step: Constraint(f"that is a multiple of {step!r}", lambda value: value % step == 0),
    "MinLen": lambda least: Constraint(f"of a length of at least {least}", lambda value: len(value) >= least),
    "MaxLen": lambda most: Constraint(f"of a length of at most {most}", lambda value: len(value) <= most),
    "pattern": lambda pattern: Constraint(f"that matches {pattern!r}", _matches(pattern)),
}


def _checker(annotation: Annotation, rules: list[Constraint]) -> Callable[[Any], None]:
    """A function that raises for a value which breaks a rule. None, where it is allowed, has nothing to be asked."""
    source = f"`{annotation.source}`"

    def check(value: Any) -> None:
        if value is None:
            return
        for rule in rules:
            try:
                holds = rule.holds(value)
            except Exception as error:  # a rule that does not fit the type, or a predicate of the user's
                reason = f"the rule cannot be asked: {told(error)}"
                raise ConversionError(f"{source} {rule.text}", value, reason=reason) from error
            if not holds:
                raise ConversionError(f"{source} {rule.text}", value)

    return check


def constrained(converter: Converter[Any], annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
    """The converter with the rules inside an annotation checked; as it is where there are none."""
    rules = constraints_of(annotation)
    if not rules:
        return converter
    check = _checker(annotation, rules)
    encode_any, decode_any, write_any, read_any = converter.encode, converter.decode, converter.write, converter.read

    # The value is converted first: then its class is right, and the rules can be asked.
    def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
        encode_any(value, into, out)
        check(value)

    def decode(literal: idl.Literal, inbox: Inbox) -> Any:
        value = decode_any(literal, inbox)
        check(value)
        return value

    def write(value: Any, out: Outbox) -> bytes:
        data = write_any(value, out)
        check(value)
        return data

    def read(data: bytes, inbox: Inbox) -> Any:
        value = read_any(data, inbox)
        check(value)
        return value

    return converter.but(
        annotation=annotation,
        encode=encode,
        decode=decode,
        write=write,
        read=read,
        plain=engine.plain(annotation) if converter.plain is not None else None,
        unmodified=converter.unmodified,
    )


def constrained_codec(codec: PlainCodec[Any], annotation: Annotation) -> PlainCodec[Any]:
    """The same for the form inside a struct."""
    rules = constraints_of(annotation)
    if not rules:
        return codec
    check = _checker(annotation, rules)
    dump_any, load_any = codec.dump, codec.load

    def dump(value: Any, dumping: Dumping) -> Any:
        tree = dump_any(value, dumping)
        check(value)
        return tree

    def load(tree: Any, loading: Loading) -> Any:
        value = load_any(tree, loading)
        check(value)
        return value

    return codec.but(dump=dump, load=load)
