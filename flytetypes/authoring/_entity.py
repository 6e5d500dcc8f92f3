"""What tasks, workflows and launch plans have in common: a name, an interface, and what calling them means."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Coroutine, Mapping
from types import CoroutineType, FrameType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, ParamSpec, TypeVar, cast, final, overload

from flytetypes._diagnostics import Place
from flytetypes.authoring import _runner
from flytetypes.authoring._call import arguments_of, check_function
from flytetypes.authoring._names import function_name
from flytetypes.authoring._promise import Late, misuse
from flytetypes.authoring._trace import Mode, NodeHandle, add_node, current_mode
from flytetypes.errors import AnnotationError
from flytetypes.interface import Interface

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

if TYPE_CHECKING:

    @final
    class OnlyAny:
        """Nothing is one, so an entity whose result were one is an entity whose result is Any."""

    class AsyncResult(Late[R], Coroutine[Any, Any, R]):
        """What a call of an `async def` gives: in the body of a workflow a promise, elsewhere it is to be awaited."""


_WORD = re.compile(r"[^\W\d]\w*")


class Entity(Generic[P, R]):
    """Something that a node can run, called with keywords.

    Attributes:
        name: Unique where it is registered.
        fixed_inputs: Inputs that a caller cannot give.
    """

    name: str
    fixed_inputs: Mapping[str, Any] = {}

    @property
    def interface(self) -> Interface:
        """What it takes and gives."""
        raise NotImplementedError  # no abstract class: asking what a target is takes a quarter of compiling then

    # What a checker sees: Any stays Any; a call without outputs gives its node; what an `async def` gives, a Coroutine
    # for mypy and a CoroutineType for pyright, is awaited or used as it is.
    @overload
    def __call__(self: Entity[..., OnlyAny], /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    @overload
    def __call__(self: Entity[..., None], /, *args: P.args, **kwargs: P.kwargs) -> NodeHandle: ...
    @overload
    def __call__(self: Entity[..., Coroutine[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs) -> AsyncResult[T]: ...
    @overload
    def __call__(
        self: Entity[..., CoroutineType[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncResult[T]: ...
    @overload
    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Run it; in the body of a workflow, become a node and give promises.

        Raises:
            CallError: For positional, missing or unknown arguments.
            ConversionError: For a value that does not fit its annotation, input or output.
            WorkflowError: When a workflow does not fit together.
        """
        mode = current_mode()
        if mode is Mode.TRACING:
            return add_node(self, args, kwargs)
        if mode is Mode.EAGER:
            return _runner.start(self, args, kwargs)
        return self._called(mode, args, kwargs)

    @overload
    def aio(
        self: Entity[..., Coroutine[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def aio(
        self: Entity[..., CoroutineType[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def aio(self, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]: ...
    def aio(self, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, Any]:
        """The same call, to be awaited: inside of an eager task as a plain call there, elsewhere as a run of its own.

        Raises:
            WorkflowError: In the body of a workflow, which awaits nothing.
        """
        mode = current_mode()
        if mode is Mode.TRACING:
            raise misuse(f"`{self.interface.name}.aio(...)`", "the body of a workflow", "call it without `aio`")
        if mode is Mode.EAGER:
            started: Coroutine[Any, Any, Any] = _runner.start(self, args, kwargs)
            return started
        return _runner.run_async(self, args, kwargs)

    def call_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a call by name, defaults filled in; raises `CallError`."""
        return arguments_of(self.interface, args, kwargs, self.fixed_inputs)

    def prepare(self) -> None:
        """Have what it runs compiled; raises `WorkflowError`."""

    def _called(self, mode: Mode, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return self.run(self.call_arguments(args, kwargs))

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Run it on arguments by name."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{self.kind} {self.interface.signature()}>"

    kind: ClassVar[str] = "entity"
    """What people call it."""


class FunctionEntity(Entity[P, R]):
    """An entity made of a function.

    Attributes:
        function: The function as it was written.

    It can be pickled and copied as a function can: by its name.
    """

    def __init__(self, function: Callable[P, R], localns: Mapping[str, Any]) -> None:
        # Not its `__dict__`: what another decorator left there is not ours.
        functools.update_wrapper(cast("Callable[..., Any]", self), function, updated=())
        self.function = function
        self.name = function_name(function)
        self._localns = dict(localns)
        self._interface: Interface | None = None
        try:
            _ = self.interface
        except AnnotationError as error:
            # A class that is defined further down: looked for again at the first use.
            if not isinstance(error.__context__, NameError):
                raise

    @property
    def interface(self) -> Interface:
        """What it takes and gives; evaluated once."""
        while self._interface is None:
            try:
                self._interface = Interface.of(self.function, localns=self._localns)
            except AnnotationError as error:
                name = getattr(error.__context__, "name", None)
                if not isinstance(name, str) or not self._find_in_callers(name):
                    raise
        return self._interface

    @property
    def place(self) -> Place:
        """Where it is defined."""
        code = getattr(innermost(self.function), "__code__", None)
        return Place("", 0) if code is None else Place(code.co_filename, code.co_firstlineno)

    def _find_in_callers(self, name: str) -> bool:
        """Look a name up among the locals of whoever is calling; whether it is found there and was unknown before."""
        if name in self._localns:
            return False
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - `inspect.stack` reads source files on the way
        while frame is not None:
            if name in frame.f_locals:
                self._localns[name] = frame.f_locals[name]
                return True
            frame = frame.f_back
        return False

    def __reduce__(self) -> str:
        return self.__qualname__  # type: ignore[attr-defined, no-any-return]  # set by update_wrapper


def innermost(function: Any) -> Any:
    """The function inside of other people's decorators, as `functools.wraps` leaves a trace of them."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def decorated(
    make: Callable[[Callable[P, R], Mapping[str, Any]], Any],
    decorator: str,
    function: Callable[P, R] | None,
    localns: Mapping[str, Any] | None,
) -> Any:
    """The work of a decorator that is used with brackets or without; called by it directly."""
    frame = sys._getframe(2)  # noqa: SLF001 - where the decorator stands

    def decorate(function: Callable[P, R]) -> Any:
        check_function(function, decorator)
        return make(function, {**_mentioned(function, frame.f_locals), **(localns or {})})

    return decorate if function is None else decorate(function)


def _mentioned(function: Callable[..., Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """The local names that a nested function's postponed annotations mention, and no others: they are kept alive."""
    if "<locals>" not in function.__qualname__:
        return {}
    texts = [text for text in function.__annotations__.values() if isinstance(text, str)]
    return {word: names[word] for text in texts for word in _WORD.findall(text) if word in names}
