"""Optional packages: imported where they are needed, or an error that says what to install."""

from importlib import import_module
from types import ModuleType

from flytetypes.errors import MissingPackageError


def require(package: str, *, extra: str, purpose: str) -> ModuleType:
    """Import an optional package.

    Args:
        package: The module to import.
        extra: The extra of flytetypes that brings it.
        purpose: What it is for, as the start of the error's sentence: "storing a lambda".

    Raises:
        MissingPackageError: When it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        if error.name != package.partition(".")[0]:
            raise
        raise MissingPackageError(f"{purpose} needs {package}: pip install 'flytetypes[{extra}]'") from None
