"""What tasks and workflows have in common: a function, its name, and its interface."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Generic, ParamSpec, TypeVar, cast

from flytetypes.authoring._call import check_function
from flytetypes.errors import AnnotationError
from flytetypes.interface import Interface

P = ParamSpec("P")
R = TypeVar("R")

_WORD = re.compile(r"[^\W\d]\w*")


class Entity(Generic[P, R]):
    """A decorated function that a node can run.

    Attributes:
        function: The function as it was written.
        name: Module and qualified name: unique where it is registered.

    It can be pickled and copied as a function can: by its name.
    """

    def __init__(self, function: Callable[P, R], localns: Mapping[str, Any]) -> None:
        # Not its `__dict__`: what another decorator left there is not ours.
        functools.update_wrapper(cast("Callable[..., Any]", self), function, updated=())
        self.function = function
        self.name = f"{function.__module__}.{function.__qualname__}"
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


def decorated(
    make: Callable[[Callable[P, R], Mapping[str, Any]], Any],
    function: Callable[P, R] | None,
    localns: Mapping[str, Any] | None,
) -> Any:
    """The work of a decorator that is used with brackets or without; called by it directly."""
    frame = sys._getframe(2)  # noqa: SLF001 - where the decorator stands

    def decorate(function: Callable[P, R]) -> Any:
        check_function(function, make.__name__.lower())
        return make(function, {**_mentioned(function, frame.f_locals), **(localns or {})})

    return decorate if function is None else decorate(function)


def _mentioned(function: Callable[..., Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """The local names that a nested function's postponed annotations mention, and no others: they are kept alive."""
    if "<locals>" not in function.__qualname__:
        return {}
    texts = [text for text in function.__annotations__.values() if isinstance(text, str)]
    return {word: names[word] for text in texts for word in _WORD.findall(text) if word in names}
