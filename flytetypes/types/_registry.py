"""Which transformer compiles which annotation: one look-up order, in one function.

    1. a transformer inside `Annotated[T, transformer]`
    2. the exact annotation (`int`, `Any`)
    3. its origin (`list` of `list[int]`, `Union` of `int | str`)
    4. the classes of its MRO, nearest first; a registration may say that it does not serve subclasses
    5. the forms, in the order of their registration (dataclass, TypedDict, NamedTuple)

Before step 4 the package that a class comes from gets the chance to bring its transformers: `register_package`.
Nothing else is tried; in particular nothing is ever pickled unless the annotation says so.
"""

from __future__ import annotations

import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Optional, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation, source_of
from flytetypes._record import Record
from flytetypes.errors import AnnotationError, RegistrationError
from flytetypes.types._plugins import plugins_for

if TYPE_CHECKING:
    from flytetypes.types._converter import Converter, Typing
    from flytetypes.types._engine import TypeEngine
    from flytetypes.types._plain import PlainCodec

T = TypeVar("T")


class TypeTransformer(ABC, Generic[T]):
    """Compiles one family of annotations; what the author of a plugin writes.

    Attributes:
        name: Stored in data, as the tag of union variants: unique in a registry, and never to be changed.
        aliases: Former names, which are still read.
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[T]:
        """The converter of an annotation; raises `AnnotationError` for one that cannot be supported."""

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[T]:
        """The form of an annotation inside structs; raises `AnnotationError` where there is none."""
        plain = engine.converter_of(annotation).plain
        if plain is None:
            raise AnnotationError(f"`{annotation.source}` cannot be inside a struct: it has no form there")
        return plain

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """The type by which a struct announces a field of this annotation; None if Flyte leaves such fields out."""
        return engine.converter_of(annotation).type_within(typing)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:  # noqa: ARG002 - for overriding
        """An annotation for a LiteralType that this transformer may have written, or None."""
        return None


class _Form(Record):
    label: str
    matches: Callable[[Annotation], bool]
    transformer: TypeTransformer[Any]


class Found(Record):
    """The outcome of a look-up: the transformer, and how it was found."""

    transformer: TypeTransformer[Any]
    steps: tuple[str, ...]
    """What was tried, one line each; the last one hit."""


class _Tables:
    """What is registered; replaced as a whole, so that readers need no lock."""

    def __init__(self) -> None:
        self.exact: dict[Any, TypeTransformer[Any]] = {}
        self.own_class_only: set[Any] = set()
        self.forms: tuple[_Form, ...] = ()
        self.packages: dict[str, str] = {}
        self.marks: dict[str, str] = {}
        self.names: dict[str, TypeTransformer[Any]] = {}

    def copy(self) -> _Tables:
        copy = _Tables()
        copy.exact = dict(self.exact)
        copy.own_class_only = set(self.own_class_only)
        copy.forms = self.forms
        copy.packages = dict(self.packages)
        copy.marks = dict(self.marks)
        copy.names = dict(self.names)
        return copy


class Registry:
    """The transformers of an engine. Safe to change and to use from several threads."""

    def __init__(self) -> None:
        self._tables = _Tables()
        self._lock = threading.RLock()
        self._loading: set[str] = set()
        self._plugged: frozenset[str] = _WITHOUT_PLUGINS
        self.generation = 0
        """Grows with every change, so that engines notice late registrations."""

    def register(self, transformer: TypeTransformer[Any], *annotations: Any, subclasses: bool = True) -> None:
        """Have a transformer compile these annotations (classes, or forms such as `Any`).

        Args:
            transformer: Its `name` must be free, or already its own.
            annotations: Classes, origins of generic aliases, or special forms.
            subclasses: Whether classes derived from these are its as well, unless they have a transformer of their own.

        Raises:
            RegistrationError: When an annotation or a name belongs to another transformer; nothing is registered then.
        """
        with self._lock:
            tables = self._tables.copy()
            self._claim_names(tables, transformer)
            for annotation in annotations:
                owner = tables.exact.get(annotation)
                if owner is not None and owner is not transformer:
                    raise RegistrationError(
                        f"`{source_of(annotation)}` is already registered for {_described(owner)}; "
                        f"{_described(transformer)} cannot have it too. "
                        "Use `registry.scope()` or `registry.copy()` to replace it"
                    )
                tables.exact[annotation] = transformer
                if not subclasses:
                    tables.own_class_only.add(annotation)
            self._publish(tables)

    def register_form(
        self, label: str, matches: Callable[[Annotation], bool], transformer: TypeTransformer[Any]
    ) -> None:
        """Have a transformer compile what `matches` accepts and nothing registered serves.

        Args:
            label: How `explain` calls the form: "a dataclass".
            matches: Asked with the parsed annotation.
            transformer: As for `register`.
        """
        with self._lock:
            tables = self._tables.copy()
            self._claim_names(tables, transformer)
            tables.forms += (_Form(label, matches, transformer),)
            self._publish(tables)

    def register_package(self, package: str, module: str, *, mark: str | None = None) -> None:
        """Load `module`, and call its `register(registry)`, when a class from `package` is first looked up.

        Args:
            package: Name of the package whose classes the module handles, or the full name of one class.
            module: Absolute name of the module.
            mark: An attribute by which the package's classes are known besides, where it makes them of the user's own
                instead of having them derived from its: `__attrs_attrs__`.
        """
        with self._lock:
            other = self._tables.packages.get(package)
            if other not in (None, module):
                raise RegistrationError(f"classes of `{package}` are already brought by `{other}`, not by `{module}`")
            tables = self._tables.copy()
            tables.packages[package] = module
            if mark is not None:
                tables.marks[mark] = package
            self._publish(tables)

    def find(self, annotation: Annotation) -> Found:
        """The transformer of an annotation; the one function that decides.

        Raises:
            AnnotationError: When nothing is registered for it; the message says what to do.
        """
        steps: list[str] = []
        for extra in annotation.extras:
            if isinstance(extra, TypeTransformer):
                return Found(extra, (f"a transformer inside Annotated: {_described(extra)}",))
        steps.append("no transformer inside Annotated")
        cls = annotation.origin if isinstance(annotation.origin, type) else None
        if cls is not None:
            self._load_packages(cls)
        tables = self._tables
        if _hashable(annotation.bare) and annotation.bare in tables.exact:
            found = tables.exact[annotation.bare]
            return Found(found, (*steps, f"registered for exactly `{annotation.source}`: {_described(found)}"))
        source = annotation.source if annotation.args else source_of(annotation.bare)
        steps.append(f"nothing registered for exactly `{source}`")
        if annotation.origin is not annotation.bare and annotation.origin in tables.exact:
            found = tables.exact[annotation.origin]
            return Found(
                found, (*steps, f"registered for its origin `{source_of(annotation.origin)}`: {_described(found)}")
            )
        for base in cls.__mro__[1:] if cls is not None else ():
            if base in tables.exact and base not in tables.own_class_only:
                found = tables.exact[base]
                return Found(found, (*steps, f"registered for its base class `{source_of(base)}`: {_described(found)}"))
        steps.append("nothing registered for its origin or a base class that serves subclasses")
        for form in tables.forms:
            if form.matches(annotation):
                return Found(form.transformer, (*steps, f"it is {form.label}: {_described(form.transformer)}"))
            steps.append(f"it is not {form.label}")
        raise AnnotationError(self._unsupported(annotation, tables))

    def named(self, name: str) -> TypeTransformer[Any] | None:
        """The transformer of a name, or of a former name, that stands in data; None for one that is not known here."""
        return self._tables.names.get(name)

    def name_of(self, tag: str) -> str:
        """The present name of a transformer that may have written a tag under a former name."""
        owner = self._tables.names.get(tag)
        return owner.name if owner is not None else tag

    def transformers(self) -> list[TypeTransformer[Any]]:
        """Every transformer, each once, in the order of registration."""
        tables = self._tables
        return list(dict.fromkeys([*tables.exact.values(), *(form.transformer for form in tables.forms)]))

    def copy(self) -> Registry:
        """A registry of the same content that changes on its own."""
        copy = Registry()
        copy._tables = self._tables.copy()
        copy._plugged = self._plugged
        return copy

    @contextmanager
    def scope(self) -> Iterator[Registry]:
        """Undo at the end of a `with` block whatever was registered in it; for tests. Not for several threads."""
        before, plugged = self._tables, self._plugged
        try:
            yield self
        finally:
            with self._lock:
                self._plugged = plugged
                if self._tables is not before:
                    self._publish(before)

    def _publish(self, tables: _Tables) -> None:
        self._tables = tables
        self.generation += 1

    @staticmethod
    def _claim_names(tables: _Tables, transformer: TypeTransformer[Any]) -> None:
        for name in (transformer.name, *transformer.aliases):
            owner = tables.names.setdefault(name, transformer)
            if owner is not transformer:
                raise RegistrationError(
                    f"the name '{name}' is already that of {_described(owner)}; {_described(transformer)} needs "
                    "another one, because stored data could not tell them apart"
                )

    def load_package(self, package: str) -> None:
        """Have the module for a package register its transformers now, if it has not."""
        module = self._tables.packages.get(package)
        if module is not None:
            with self._lock:  # whoever meets the package meanwhile waits here
                if package in self._tables.packages and module not in self._loading:
                    self._load(module, lambda: import_module(module).register(self))

    def _load_packages(self, cls: type) -> None:
        """Have the modules and plugins for the packages that a class comes from register their transformers."""
        for package in _packages_of(cls, self._tables.marks):
            self.load_package(package)
            if "." not in package and package not in self._plugged:
                with self._lock:
                    if package not in self._plugged:
                        self._plugged |= {package}
                        self._load_plugins(package)

    def _load_plugins(self, package: str) -> None:
        for plugin in plugins_for(package):
            try:
                self._load(plugin.value, lambda: plugin.load()(self))  # noqa: B023 - called at once
            except Exception as error:
                self._plugged -= {package}
                raise RegistrationError(
                    f"the plugin `{plugin.value}` for types of `{package}` could not be loaded: "
                    f"{type(error).__name__}: {error}. Mend it, or uninstall what brings it"
                ) from error

    def _load(self, module: str, register: Callable[[], object]) -> None:
        """Have a module register its transformers, and only then forget that it was to be loaded; all, or nothing."""
        before = self._tables
        self._loading.add(module)
        try:
            register()
        except BaseException:
            self._publish(before)
            raise
        finally:
            self._loading.discard(module)
        tables = self._tables.copy()
        tables.packages = {name: of for name, of in tables.packages.items() if of != module}
        self._tables = tables

    @staticmethod
    def _unsupported(annotation: Annotation, tables: _Tables) -> str:
        source = annotation.source
        if not isinstance(annotation.origin, type):
            if type(annotation.bare).__module__ not in ("typing", "typing_extensions"):
                return f"`{source}` is not an annotation: use a class, or a form of `typing`"
            if annotation.bare is Optional:
                return "`Optional` says nothing about its values: give it an argument, `Optional[T]`"
            return (
                f"no transformer for `{source}`: nothing is registered for this form. "
                f"Use a class, or `Pickled[{source}]`"
            )
        if annotation.origin in (Generator, AsyncGenerator):
            item = source_of(annotation.args[0]) if annotation.args else "T"
            kind = annotation.origin.__name__.replace("Generator", "Iterator")
            return f"`{source}` would come back as an iterator, which is sent nothing: annotate `{kind}[{item}]`"
        forms = [form.label for form in tables.forms]
        steps = [f"it is not {', '.join(forms[:-1])} or {forms[-1]}"] if len(forms) > 1 else []
        steps.append("nothing is registered for it or its base classes")
        instead = "" if annotation.args else " make it a dataclass,"
        return (
            f"no transformer for `{source}`: {', and '.join(steps)}. "
            f"Register a transformer for `{source_of(annotation.origin)}`,{instead} "
            f"or annotate it as `Pickled[{source}]`"
        )


def _packages_of(cls: type, marks: dict[str, str]) -> Iterator[str]:
    """What classes are brought by: their packages, the outermost first, and their own full names."""
    for base in cls.__mro__:
        yield from accumulate(f"{base.__module__}.{base.__qualname__}".split("."), "{}.{}".format)
    for mark, package in marks.items():
        if hasattr(cls, mark):
            yield package


# Whose classes no plugin has to bring; most look-ups are of these, and reading entry points is dear.
_WITHOUT_PLUGINS = frozenset({"", "__main__", "flytetypes", *sys.stdlib_module_names})


def _described(transformer: TypeTransformer[Any]) -> str:
    return f"{type(transformer).__name__} ('{transformer.name}')"


def _hashable(annotation: Any) -> bool:
    try:
        hash(annotation)
    except TypeError:
        return False
    return True
