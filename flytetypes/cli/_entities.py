"""What a word of the command line names: a file or a module, and one of its entities.

The words are FILE or MODULE, and ENTITY, or both in one: `flow.py:train`, `package.flow:train`.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

import click

from flytetypes.authoring import Entity, ReferenceEntity
from flytetypes.cli._load import NoModule, load_one_file, load_one_module

_LISTED: Final = 10


def split(word: str) -> tuple[str, str | None]:
    """The file or module that a word names, and the entity in it, if it names one."""
    place, colon, entity = word.rpartition(":")
    return (word, None) if not colon or Path(word).is_file() else (place, entity or None)


class Source:
    """A file or a module, and what it has.

    Attributes:
        shown: What people call it.
        module: The module, imported.
        entities: Its tasks, workflows and launch plans by the names of its variables. Those that it imports from
            elsewhere are its own too; references are not, since only their cluster runs them.
    """

    def __init__(self, shown: str, module: ModuleType) -> None:
        self.shown = shown
        self.module = module
        self.entities: Mapping[str, Entity[..., Any]] = {
            name: entity
            for name, entity in vars(module).items()
            if isinstance(entity, Entity) and not isinstance(entity, ReferenceEntity)
        }

    @classmethod
    def of(cls, place: str, *, full_traceback: bool = False) -> Source:
        """Import what a word names.

        Raises:
            click.UsageError: When there is no such file or module.
            click.ClickException: When it cannot be imported.
        """
        path = Path(place)
        if path.is_file():
            return cls(path.name, load_one_file(path, full_traceback=full_traceback))
        is_name = bool(place) and all(part.isidentifier() for part in place.split("."))
        if path.is_dir() and not (is_name and (path / "__init__.py").is_file()):
            raise click.UsageError(f"'{place}' is a directory: give a file, or a module by its name")
        if not is_name or path.suffix == ".py":
            raise click.UsageError(f"there is no file '{place}'")
        try:
            return cls(f"module {place}", load_one_module(place, full_traceback=full_traceback))
        except NoModule as error:
            kind = "module" if "." in place else "file or module"
            about = "" if error.name == place else f": there is no module '{error.name}'"
            raise click.UsageError(f"there is no {kind} '{place}'{about}") from None

    def why_not(self, name: str) -> str:
        """What to say of a name that is no entity."""
        found = getattr(self.module, name, None)
        if isinstance(found, ReferenceEntity):
            return f"'{name}' in {self.shown} is a {found.kind}: only its cluster runs it"
        if isinstance(found, FunctionType):
            return f"'{name}' in {self.shown} is a plain function: decorate it with @task or @workflow"
        if found is not None:
            article = "a class" if isinstance(found, type) else f"of the class `{type(found).__name__}`"
            return f"'{name}' in {self.shown} is {article}, and neither a task nor a workflow nor a launch plan"
        listed = [each for each in self.entities if not each.startswith("_")]
        close = get_close_matches(name, self.entities, 1)
        if close:
            more = f" Did you mean '{close[0]}'?"
        elif listed:
            shown = ", ".join(sorted(listed)[:_LISTED])
            more = f" It has {shown}{f' and {len(listed) - _LISTED} more' if len(listed) > _LISTED else ''}."
        else:
            more = " It has none at all."
        return f"there is no task, workflow or launch plan '{name}' in {self.shown}.{more}"
