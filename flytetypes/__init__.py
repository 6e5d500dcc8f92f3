"""flytetypes: a strongly typed data plane for Flyte workflows.

    from flytetypes import TypeEngine, task, workflow

Importing this package imports nothing else: each name is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from flytetypes._exports import lazy_names

if TYPE_CHECKING:
    from flytetypes import idl as idl
    from flytetypes.authoring import Promise, Task, Workflow, task, workflow
    from flytetypes.data import JSON, FlyteDirectory, FlyteFile, LazyList, StructuredDataset
    from flytetypes.errors import (
        AccessDenied,
        AnnotationError,
        AttributePathError,
        CallError,
        ConversionError,
        FlyteTypesError,
        MissingPackageError,
        ObjectNotFound,
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
        Offloading,
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
    "flytetypes.data": ("JSON", "FlyteDirectory", "FlyteFile", "LazyList", "StructuredDataset"),
    "flytetypes.errors": (
        "AccessDenied",
        "AnnotationError",
        "AttributePathError",
        "CallError",
        "ConversionError",
        "FlyteTypesError",
        "MissingPackageError",
        "ObjectNotFound",
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
        "Offloading",
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

__all__ = [
    "JSON",
    "AccessDenied",
    "AnnotationError",
    "AttributePathError",
    "CallError",
    "ConversionError",
    "Converter",
    "FlyteAnnotation",
    "FlyteDirectory",
    "FlyteError",
    "FlyteFile",
    "FlyteTypesError",
    "HashMethod",
    "Interface",
    "LazyList",
    "MissingPackageError",
    "ObjectNotFound",
    "Offloading",
    "Pickle",
    "Pickled",
    "Promise",
    "RegistrationError",
    "Registry",
    "StorageError",
    "StructuredDataset",
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


_MODULES = ("authoring", "compiler", "data", "errors", "executors", "idl", "interface", "storage", "testing", "types")

__getattr__ = lazy_names(__name__, _HOMES, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
