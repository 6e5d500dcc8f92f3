"""A function's signature as an interface on the wire, and whole calls from values to bytes and back.

An `Interface` knows the names, annotations, defaults and descriptions of a function's inputs and outputs. What travels
between tasks is one serialised LiteralMap for each call and each result (`inputs.pb`, `outputs.pb`).
"""

from __future__ import annotations

import typing
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from flytetypes import idl
from flytetypes._annotations import hints_of, parse, source_of
from flytetypes._docstrings import parse_docstring
from flytetypes._record import Record
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import Converter, Offloading, TypeEngine

if TYPE_CHECKING:
    from flytetypes.types import HeldValues

__all__ = ["MISSING", "Interface", "Variable", "default_engine"]

MISSING: Final[Any] = type("MISSING", (), {"__repr__": lambda _: "MISSING"})()
"""The default of an input that has none."""

# protobuf's parsers read 100 messages inside one another, and a call puts two around each literal.
_SAFE_LEVELS: Final = 99

_engines: list[TypeEngine] = []


def default_engine() -> TypeEngine:
    """The engine that tasks and workflows use unless they are given another; made at first use."""
    if not _engines:
        _engines.append(TypeEngine())
    return _engines[0]


class Variable(Record):
    """One input or output.

    Attributes:
        name: Its name on the wire.
        annotation: As it was written, evaluated.
        converter: What the annotation was compiled to.
        description: From the docstring; the name where that says nothing.
        default: Of an input; `MISSING` where there is none.
    """

    name: str
    annotation: Any
    converter: Converter[Any]
    description: str
    default: Any = MISSING

    @property
    def optional(self) -> bool:
        """Whether its annotation is a union with None."""
        parsed = parse(self.annotation)
        return parsed.origin is typing.Union and type(None) in parsed.args

    def __str__(self) -> str:
        default = "" if self.default is MISSING else f" = {self.default!r}"
        return f"{self.name}: {source_of(self.annotation)}{default}"


class Interface:
    """What a task or workflow takes and gives.

    Attributes:
        name: Of the function, for errors.
        description: The first paragraph of its docstring.
        inputs: In order of declaration.
        outputs: In order of declaration.
        output_class: The NamedTuple that names the outputs, or one made for several unnamed ones; None for a single
            output without a name of its own, and for none.
        engine: What compiled the annotations.
    """

    __slots__ = ("description", "engine", "inputs", "name", "output_class", "outputs")

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, Variable],
        outputs: Mapping[str, Variable],
        *,
        engine: TypeEngine,
        description: str = "",
        output_class: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name
        self.inputs = dict(inputs)
        self.outputs = dict(outputs)
        self.engine = engine
        self.description = description
        self.output_class = output_class

    # --- from a function ----------------------------------------------------------------------------------------------

    @classmethod
    def of(
        cls,
        function: Callable[..., Any],
        engine: TypeEngine | None = None,
        *,
        localns: Mapping[str, Any] | None = None,
        stub: bool = False,
    ) -> Interface:
        """The interface of a function.

        Args:
            function: Every parameter annotated.
            engine: Compiles the annotations; by default the one that tasks use.
            localns: Names that are local to where the function was defined.
            stub: Whether it stands for something else, and has no body of its own.

        Raises:
            AnnotationError: For a parameter without an annotation, an annotation that is not supported, or a function
                that declares outputs and never returns any.
        """
        import inspect  # dear to import, and not needed to convert values

        engine = engine or default_engine()
        name = function.__qualname__.rpartition("<locals>.")[2]
        hints = hints_of(function, localns)
        doc = parse_docstring(function.__doc__)
        inputs = {}
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name not in hints and parameter.name in ("self", "cls"):
                raise AnnotationError(f"`{name}` belongs to a class: make it a function of the module")
            if parameter.name not in hints:
                raise AnnotationError(f"`{name}` does not say what `{parameter.name}` is: annotate it")
            default = MISSING if parameter.default is parameter.empty else parameter.default
            inputs[parameter.name] = _variable(
                engine, name, parameter.name, hints[parameter.name], default, doc.arguments
            )
        declared, output_class = _declared_outputs(name, hints.get("return"), localns)
        if declared and not stub and not _may_return(function):
            raise AnnotationError(
                f"`{name}` declares {_count(len(declared))} and has no `return` with a value: "
                "return it, or declare None"
            )
        shared = {output: doc.returns for output in declared if doc.returns}
        outputs = {
            output: _variable(engine, name, output, annotation, descriptions={**shared, **doc.outputs})
            for output, annotation in declared.items()
        }
        return cls(name, inputs, outputs, engine=engine, description=doc.summary, output_class=output_class)

    @classmethod
    def declared(
        cls,
        name: str,
        inputs: Mapping[str, Any],
        outputs: Mapping[str, Any],
        *,
        engine: TypeEngine | None = None,
    ) -> Interface:
        """An interface from annotations by name, for what is no function.

        Args:
            name: For errors.
            inputs: Name to annotation, or to a pair of annotation and default.
            outputs: Name to annotation.
            engine: Compiles the annotations; by default the one that tasks use.

        Raises:
            AnnotationError: For an annotation that is not supported.
        """
        engine = engine or default_engine()
        variables = {
            key: _variable(engine, name, key, *(given if isinstance(given, tuple) else (given,)))
            for key, given in inputs.items()
        }
        results = {key: _variable(engine, name, key, annotation) for key, annotation in outputs.items()}
        output_class = tuple_class(list(results)) if len(results) > 1 else None
        return cls(name, variables, results, engine=engine, output_class=output_class)

    # --- to and from the wire -----------------------------------------------------------------------------------------

    def to_idl(self) -> idl.TypedInterface:
        """The interface as Flyte stores it, without order (`flyteidl/core/interface.proto, TypedInterface`)."""
        interface = idl.TypedInterface()
        for variables, into in ((self.inputs, interface.inputs), (self.outputs, interface.outputs)):
            into.SetInParent()
            for variable in variables.values():
                _fill_variable(variable, into.variables[variable.name])
        return interface

    def to_parameters(self) -> idl.ParameterMap:
        """The inputs as those of a launch plan: required, or with a default.

        An Optional input defaults to None, written bare, whether the function says so or not. `x: int = None` has
        no default.
        """
        parameters = idl.ParameterMap()
        for variable in self.inputs.values():
            parameter = parameters.parameters[variable.name]
            _fill_variable(variable, parameter.var)
            if variable.optional and variable.default in (None, MISSING):
                parameter.default.scalar.none_type.SetInParent()
            elif variable.default is MISSING or variable.default is None:
                parameter.required = True
            else:
                try:
                    parameter.default.CopyFrom(variable.converter.to_literal(variable.default))
                except ConversionError as error:
                    raise error.within(variable.name)  # noqa: B904 - the same error, with its address
        return parameters

    @classmethod
    def from_idl(
        cls,
        interface: idl.TypedInterface,
        engine: TypeEngine | None = None,
        *,
        name: str = "interface",
        output_order: list[str] | None = None,
        parameters: idl.ParameterMap | None = None,
    ) -> Interface:
        """An interface from the wire, its annotations guessed.

        Args:
            interface: What Flyte stores.
            engine: Guesses the annotations.
            name: For errors.
            output_order: The workflow's own list of its outputs; without one `o0, o1, … o10` count by number, other
                names by the alphabet.
            parameters: Where the defaults are.

        Raises:
            AnnotationError: For a type that nothing is known for.
        """
        engine = engine or default_engine()
        defaults = parameters.parameters if parameters is not None else {}
        inputs = {}
        for key in sorted(interface.inputs.variables):
            guessed = _guessed(engine, key, interface.inputs.variables[key])
            default = MISSING
            if key in defaults and defaults[key].WhichOneof("behavior") == "default":
                default = guessed.converter.to_python(defaults[key].default)
            inputs[key] = Variable(key, guessed.annotation, guessed.converter, guessed.description, default)
        order = output_order or sorted(interface.outputs.variables, key=_output_rank)
        outputs = {key: _guessed(engine, key, interface.outputs.variables[key]) for key in order}
        return cls(
            name, inputs, outputs, engine=engine, output_class=tuple_class(list(outputs)) if len(outputs) > 1 else None
        )

    # --- whole calls --------------------------------------------------------------------------------------------------

    def encode_inputs(self, values: Mapping[str, Any], *, keeps_local: bool = False) -> bytes:
        """The arguments of a call as a serialised LiteralMap, deterministic; what they promise is uploaded.

        Args:
            values: By name.
            keeps_local: Whether files of this machine stay where they are, since the call runs here.

        Raises:
            ConversionError: For a value that does not fit; nothing was uploaded.
        """
        return join_literals(self.input_literals(values, keeps_local=keeps_local))

    def decode_inputs(self, data: bytes) -> dict[str, Any]:
        """The arguments in a serialised LiteralMap; names that are missing there are missing here."""
        return self.arguments_from(split_literals(data))

    def encode_outputs(self, result: Any) -> bytes:
        """What the function returned as a serialised LiteralMap; large literals are stored, as `Offloading` says."""
        return join_literals(self.output_literals(result))

    def input_literals(
        self, values: Mapping[str, Any], *, keeps_local: bool = False, held: HeldValues | None = None
    ) -> dict[str, bytes]:
        """`encode_inputs` by name: each as a serialised Literal; what can be `held` is, instead of being uploaded."""
        return self._encode(
            {name: (self._input(name), value) for name, value in values.items()},
            keeps_local=keeps_local,
            offloading=self.engine.offloading,
            held=held,
        )

    def arguments_from(self, literals: Mapping[str, bytes], *, held: HeldValues | None = None) -> dict[str, Any]:
        """`decode_inputs` from serialised Literals by name, some of whose objects may be `held`."""
        return self._decoded(literals, self.inputs, held)

    def output_literals(self, result: Any, *, held: HeldValues | None = None) -> dict[str, bytes]:
        """`encode_outputs` by name: each as a serialised Literal; what can be `held` is, instead of being uploaded."""
        return self._encode(
            {name: (self.outputs[name], value) for name, value in self.named_outputs(result).items()},
            offloading=self.engine.offloading or Offloading.of_environment(),
            held=held,
        )

    def decode_outputs(self, data: bytes) -> Any:
        """What a call of the function gives, from a serialised LiteralMap."""
        return self.result_from(split_literals(data))

    def result_from(self, literals: Mapping[str, bytes], *, held: HeldValues | None = None) -> Any:
        """`decode_outputs` from serialised Literals by name, some of whose objects may be `held`."""
        return self.result_of(self._decoded(literals, self.outputs, held))

    def named_outputs(self, result: Any) -> dict[str, Any]:
        """What the function returned, by the names of the outputs.

        Raises:
            ConversionError: When it returned another number of values than it declares.
        """
        names = list(self.outputs)
        if not names:
            if result is not None:
                raise ConversionError("`None`", result, reason="no output is declared").within("return")
            return {}
        if self.output_class is None:
            return {names[0]: result}
        if not isinstance(result, tuple) or len(result) != len(names):
            raise ConversionError(f"{_count(len(names))} ({', '.join(names)})", result).within("return")
        return dict(zip(names, result, strict=True))

    def result_of(self, values: Mapping[str, Any]) -> Any:
        """Outputs by name as what a call gives: nothing, one value, or a tuple with names."""
        missing = [name for name in self.outputs if name not in values]
        if missing:
            raise ConversionError(f"the output `{missing[0]}` of `{self.name}`", got="a result without it")
        if not self.outputs:
            return None
        if self.output_class is None:
            return values[next(iter(self.outputs))]
        return self.output_class(*(values[name] for name in self.outputs))

    def signature(self) -> str:
        """The interface as a line: `mean(values: list[float]) -> float`."""
        outputs = ", ".join(source_of(variable.annotation) for variable in self.outputs.values())
        result = outputs if len(self.outputs) == 1 else f"({outputs})" if outputs else "None"
        return f"{self.name}({', '.join(map(str, self.inputs.values()))}) -> {result}"

    def _input(self, name: str) -> Variable:
        variable = self.inputs.get(name)
        if variable is None:
            known = ", ".join(self.inputs) or "it has none"
            raise ConversionError(f"an input of `{self.name}` ({known})", got=f"`{name}`").within(name)
        return variable

    def _encode(
        self,
        values: Mapping[str, tuple[Variable, Any]],
        *,
        keeps_local: bool = False,
        offloading: Offloading | None,
        held: HeldValues | None = None,
    ) -> dict[str, bytes]:
        literals = self.engine.to_bytes_all(
            {name: (variable.converter, value) for name, (variable, value) in values.items()},
            keeps_local=keeps_local,
            offloading=offloading,
            held=held,
        )
        for name, (variable, _) in values.items():
            if variable.converter.levels is None or variable.converter.levels > _SAFE_LEVELS:
                _check_depth(name, literals[name])
        return literals

    def _decoded(
        self, literals: Mapping[str, bytes], variables: Mapping[str, Variable], held: HeldValues | None = None
    ) -> dict[str, Any]:
        known = {}
        for name, literal in literals.items():
            if name not in variables:
                names = ", ".join(variables) or "(there are none)"
                raise ConversionError(f"one of the names {names}", got=f"`{name}`").within(name)
            known[name] = (variables[name].converter, literal)
        return self.engine.from_bytes_all(known, held=held)


def _check_depth(name: str, literal: bytes) -> None:
    """Refuse a literal that is readable on its own, and too deep inside the LiteralMap of a call."""
    try:
        idl.LiteralMap.FromString(join_literals({name: literal}))
    except idl.DecodeError:
        raise ConversionError(
            "a value that protobuf's parsers can read in a call: 48 lists deep at most", got="one that is deeper"
        ).within(name) from None


def join_literals(literals: Mapping[str, bytes]) -> bytes:
    """Named serialised literals as one serialised LiteralMap, deterministic."""
    return b"".join(
        [
            idl.length_prefixed(
                b"\n", idl.length_prefixed(b"\n", name.encode()) + idl.length_prefixed(b"\x12", literals[name])
            )
            for name in idl.sorted_keys(literals)
        ]
    )


def split_literals(data: bytes) -> dict[str, bytes]:
    """The named serialised literals in a serialised LiteralMap; raises `ConversionError` for bytes that are none."""
    entries = idl.split_map(data)
    if entries is not None:
        return {name: bytes(literal) for name, literal in entries}
    try:
        literals = idl.LiteralMap.FromString(data).literals
    except idl.DecodeError:
        raise ConversionError("a serialised LiteralMap", got=f"{len(data)} bytes that are cut off or none") from None
    return {name: literal.SerializeToString(deterministic=True) for name, literal in literals.items()}


def _variable(
    engine: TypeEngine,
    function: str,
    name: str,
    annotation: Any,
    default: Any = MISSING,
    descriptions: Mapping[str, str] = {},
) -> Variable:
    try:
        converter = engine.converter(annotation)
    except AnnotationError as error:
        raise AnnotationError(f"{error} - in `{name}` of `{function}`") from None
    return Variable(name, annotation, converter, descriptions.get(name) or name, default)


def _declared_outputs(
    function: str, annotation: Any, localns: Mapping[str, Any] | None
) -> tuple[dict[str, Any], Callable[..., Any] | None]:
    """Output names to annotations, and the tuple class that holds them."""
    if annotation is None or annotation is type(None):
        return {}, None
    if isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
        hints = hints_of(annotation, localns)
        return {name: hints[name] for name in annotation._fields}, annotation
    args = annotation if isinstance(annotation, tuple) else ()
    if typing.get_origin(annotation) is tuple:
        args = typing.get_args(annotation)
        if len(args) == 2 and args[1] is Ellipsis:
            return {"o0": annotation}, None  # outputs are counted, so this is one value
        if len(args) < 2:
            raise AnnotationError(
                f"`{function}` gives `{source_of(annotation)}`, a tuple of one: "
                "declare the element itself, or a NamedTuple"
            )
    if not args:
        return {"o0": annotation}, None
    names = [f"o{index}" for index in range(len(args))]
    return dict(zip(names, args, strict=True)), tuple_class(names)


def tuple_class(names: list[str]) -> Callable[..., Any]:
    """A class for several outputs that have none of their own; what Python takes for no name is reached by position."""
    return namedtuple("Outputs", names, rename=True)


def _output_rank(name: str) -> tuple[int, int, str]:
    number = name.removeprefix("o")
    return (0, int(number), "") if number != name and number.isdecimal() else (1, 0, name)


def _may_return(function: Callable[..., Any]) -> bool:
    """Whether a function's own body has a `return` with a value, or raises or is left open at its end (`...`).

    True when nobody can tell.
    """
    import ast
    import inspect

    try:
        tree = ast.parse(inspect.cleandoc(f"\n{inspect.getsource(function)}"))
    except (OSError, TypeError, SyntaxError):
        return True
    body = getattr(tree.body[0], "body", None)
    if not isinstance(body, list) or isinstance(body[-1], ast.Raise) or ast.unparse(body[-1]) == "...":
        return True
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            pending.extend(ast.iter_child_nodes(node))
    return False


def _fill_variable(variable: Variable, into: idl.Variable) -> None:
    into.type.CopyFrom(variable.converter.literal_type)
    into.description = variable.description


def _guessed(engine: TypeEngine, name: str, variable: idl.Variable) -> Variable:
    annotation = engine.guess(variable.type)
    return Variable(name, annotation, engine.converter(annotation), variable.description or name)


def _count(number: int) -> str:
    return "one output" if number == 1 else f"{number} outputs"
