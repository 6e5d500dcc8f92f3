"""`flytetypes package` and `flytetypes serialize`: what `flytectl register files` takes, as an archive or a folder."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from flytetypes.cli._report import console, counted, print_diagnostics, print_failures
from flytetypes.cli._sources import NotLoaded, Sources, files_of, load_sources
from flytetypes.compiler import FLYTE, Package, check_all, make_archive, package, source_root
from flytetypes.configuration import FastSerializationSettings, Image, ImageConfig, SerializationSettings
from flytetypes.errors import WorkflowWarning

F = TypeVar("F", bound=Callable[..., Any])

_ARCHIVE = "flyte-package.tgz"
_NAMED_IMAGE = re.compile(r"([A-Za-z_][\w-]*)=(.+)")
# What `serialize` writes, and so replaces.
_WRITTEN = re.compile(r"\d+_.*_[123]\.pb|fast[0-9a-f]{32}\.tar\.gz")


def _settings_options(command: F) -> F:
    """The options that both commands have."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = [
    click.argument("paths", metavar="PATH...", nargs=-1, required=True),
    click.option(
        "-i",
        "--image",
        "images",
        metavar="[NAME=]IMAGE",
        multiple=True,
        help="The image of tasks that name none; with NAME= that of `{{.image.NAME.fqn}}:{{.image.NAME.version}}`.",
    ),
    click.option(
        "-s",
        "--source",
        type=click.Path(exists=True, file_okay=False),
        help="The directory that the names of modules begin at, and that is copied. By default the first one around "
        "the paths that is no package.",
    ),
    click.option("--fast", is_flag=True, help="The same as --copy all."),
    click.option(
        "--copy",
        type=click.Choice(["all", "auto", "none"]),
        help="Which code travels apart from the image: all files that are not ignored, those of the imported modules, "
        "or none, the default: it is in the image.",
    ),
    click.option(
        "-d",
        "--in-container-source-path",
        "destination",
        default="/root",
        show_default=True,
        help="Where the container unpacks the code.",
    ),
    click.option("--deref-symlinks", is_flag=True, help="Follow links to directories when code is copied."),
    click.option(
        "-p",
        "--python-interpreter",
        "interpreter",
        default="/opt/venv/bin/python3",
        show_default=True,
        help="The interpreter of the container.",
    ),
    click.option(
        "--env",
        "--envvars",
        "variables",
        metavar="KEY=VALUE",
        multiple=True,
        help="An environment variable of every container.",
    ),
]


@click.command("package")
@_settings_options
@click.option("-o", "--output", default=_ARCHIVE, show_default=True, help="The archive to write.")
@click.option("-f", "--force", is_flag=True, help="Replace the archive if it is there.")
def package_(output: str, *, force: bool, **options: Any) -> None:
    """Check tasks, workflows and launch plans, and pack them into one archive for `flytectl register files`.

    flytetypes package src/flows --image registry/flows:v1 --fast

    PATH is a Python file, a directory with some, or the name of a package. With errors everything is told, nothing is
    written, and the exit status is 1; it is 2 when something could not be loaded.
    """
    path = Path(output)
    if path.exists() and not force:
        raise click.ClickException(f"{output} is there already: --force replaces it")
    made = _package(exclude=[path], **options)
    _write(path, made.to_bytes())
    click.echo(f"{output}: {_told(made)}")


@click.command("serialize")
@_settings_options
@click.option("-f", "--folder", required=True, help="The directory to write to.")
@click.option("--force", is_flag=True, help="Replace what was written there before.")
def serialize(folder: str, *, force: bool, **options: Any) -> None:
    """The same as `package`, with a file for each entity instead of one archive.

    flytetypes serialize src/flows --image registry/flows:v1 --folder build
    """
    directory = Path(folder)
    old = [each for each in directory.iterdir() if _WRITTEN.fullmatch(each.name)] if directory.is_dir() else []
    if old and not force:
        raise click.ClickException(f"{folder} has {min(old).name} already: --force replaces what was written before")
    made = _package(exclude=[directory, *old], **options)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be made: {error.strerror}") from None
    for each in old:
        each.unlink()
    for name, content in made.files.items():
        _write(directory / name, content)
    click.echo(f"{folder}: {_told(made)}")


def _package(
    *,
    paths: Sequence[str],
    images: Sequence[str],
    source: str | None,
    fast: bool,
    copy: str | None,
    destination: str,
    deref_symlinks: bool,
    interpreter: str,
    variables: Sequence[str],
    exclude: Sequence[Path],
) -> Package:
    """Load, check and lower; raises when anything is wrong."""
    if fast and copy == "none":
        raise click.UsageError("--fast is --copy all, and not none")
    copied = copy or ("all" if fast else "none")
    settings = SerializationSettings(
        _image_config(images),
        env=_environment(variables),
        python_interpreter=interpreter,
        fast_serialization_settings=None
        if copied == "none"
        else FastSerializationSettings(enabled=True, destination_dir=destination),
    )
    files = files_of(paths)
    root = source_root(files) if source is None else Path(source).resolve()
    _check_root(root, files)
    sources = load_sources(files, root)
    _refuse_mistakes(sources)
    if not sources.entities:
        raise click.ClickException("there is no task, workflow or launch plan to package")
    archive = None
    if copied != "none":
        left_out = [path.resolve() for path in exclude if not root.is_relative_to(path.resolve())]
        archive = make_archive(root, copied, exclude=left_out, deref_symlinks=deref_symlinks)
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore", WorkflowWarning)  # told above
        return package(sources.entities, settings, archive)


def _check_root(root: Path, files: Sequence[Path]) -> None:
    if (root / "__init__.py").exists():
        raise click.ClickException(
            f"--source {root.name} is a package, whose modules are `{root.name}.…`: give the directory that holds it"
        )
    for file in files:
        if not file.is_relative_to(root):
            raise click.ClickException(f"{file} is not below --source {root}")


def _refuse_mistakes(sources: Sources) -> None:
    """Print what is wrong; leave if that is more than warnings."""
    with contextlib.redirect_stdout(sys.stderr):
        found = check_all(sources.to_check, FLYTE)
    output = console(stderr=True)
    print_diagnostics(output, found)
    print_failures(output, sources.failures)
    errors = sum(diagnostic.is_error for diagnostic in found)
    if sources.failures:
        raise NotLoaded(f"{counted(len(sources.failures), 'file')} could not be loaded: nothing is written")
    if errors:
        raise click.ClickException(f"{counted(errors, 'error')}: nothing is written")


def _image_config(images: Sequence[str]) -> ImageConfig:
    named: dict[str, Image] = {}
    for text in images:
        match = _NAMED_IMAGE.fullmatch(text)
        name, image = (match[1], match[2]) if match is not None else ("default", text)
        if name in named:
            raise click.UsageError(f"two images are called {name}: {named[name].full} and {image}")
        named[name] = Image.parsed(name, image)
    return ImageConfig(named.get("default"), tuple(named.values()))


def _environment(variables: Sequence[str]) -> dict[str, str] | None:
    found = {}
    for text in variables:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--env takes KEY=VALUE; got '{text}'")
        found[key] = value
    return found or None


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there as a whole, or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.chmod(file.name, 0o666 & ~_umask())  # noqa: PTH101 - that of a temporary file is its owner's alone
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _told(made: Package) -> str:
    counts = [
        counted(number, kind)
        for kind in ("task", "workflow", "launch plan")
        if (number := sum(each.kind == kind for each in made.registrables))
    ]
    code = next((name for name in made.files if not name.endswith(".pb")), None)
    parts = [*counts, *([f"the code in {code}"] if code is not None else [])]
    return f"{', '.join(parts)}; version {made.version}"
