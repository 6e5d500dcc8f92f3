"""flytetypes: a strongly typed data plane for Flyte workflows.

    from flytetypes import TypeEngine, task, workflow

Importing this package imports nothing else: each name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flytetypes import idl as idl
    from flytetypes.authoring import Promise, Task, Workflow, task, workflow
    from flytetypes.errors import (
        AnnotationError,
        AttributePathError,
        CallError,
        ConversionError,
        FlyteTypesError,
        MissingPackageError,
        RegistrationError,
        StorageError,
        WorkflowError,
    )
    from flytetypes.interface import Interface
    from flytetypes.types import (
        Converter,
        FlyteAnnotation,
        FlyteError,
        HashMethod,
        Pickle,
        Pickled,
        Registry,
        TypeEngine,
        TypeTransformer,
        Verdict,
        castable,
        content_hash,
        kwtypes,
        literal_type_of,
    )

__version__ = "0.1.0"

_HOMES = {
    "flytetypes.authoring": ("Promise", "Task", "Workflow", "task", "workflow"),
    "flytetypes.errors": (
        "AnnotationError",
        "AttributePathError",
        "CallError",
        "ConversionError",
        "FlyteTypesError",
        "MissingPackageError",
        "RegistrationError",
        "StorageError",
        "WorkflowError",
    ),
    "flytetypes.interface": ("Interface",),
    "flytetypes.types": (
        "Converter",
        "FlyteAnnotation",
        "FlyteError",
        "HashMethod",
        "Pickle",
        "Pickled",
        "Registry",
        "TypeEngine",
        "TypeTransformer",
        "Verdict",
        "castable",
        "content_hash",
        "kwtypes",
        "literal_type_of",
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AnnotationError",
    "AttributePathError",
    "CallError",
    "ConversionError",
    "Converter",
    "FlyteAnnotation",
    "FlyteError",
    "FlyteTypesError",
    "HashMethod",
    "Interface",
    "MissingPackageError",
    "Pickle",
    "Pickled",
    "Promise",
    "RegistrationError",
    "Registry",
    "StorageError",
    "Task",
    "TypeEngine",
    "TypeTransformer",
    "Verdict",
    "Workflow",
    "WorkflowError",
    "castable",
    "content_hash",
    "kwtypes",
    "literal_type_of",
    "task",
    "workflow",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'flytetypes' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
