"""Packages: what `flytectl register files` takes, as one archive or as the files of a folder.

Entities are lowered without project, domain and version: whoever registers them fills these in.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from flytetypes import idl
from flytetypes._record import Record
from flytetypes.authoring import Entity
from flytetypes.compiler._archive import Archive
from flytetypes.compiler._lower import Registrable, lower
from flytetypes.configuration import FastSerializationSettings, SerializationSettings, changed
from flytetypes.errors import OptionError

_NUMBERS: Final = {"task": 1, "workflow": 2, "launch plan": 3}
_NOT_IN_FILE_NAMES: Final = re.compile(r"[/\\\x00-\x1f]")
_LONGEST: Final = 150  # of a name in a file name: file systems take 255 bytes

# Where the code is unpacked, if nobody says.
DESTINATION: Final = "/root"

# The variable with the settings that a container needs to lower what its task makes, and what these say of the machine
# that packs.
_SETTINGS: Final = "_F_SS_C"
_OF_THE_MACHINE: Final = ("python_interpreter", "flytekit_virtualenv_root", "source_root", "git_repo")
_OF_THE_REGISTRATION: Final = ("project", "domain", "version")


class Package(Record):
    """What is to be registered, as files.

    Attributes:
        registrables: What is in it, in the order in which it can be registered.
        files: File name to content: a message each, and the archive of the code if it travels apart from the image.
        version: One that is made of the content, see `content_version`.
    """

    registrables: tuple[Registrable, ...]
    files: Mapping[str, bytes]
    version: str

    def to_bytes(self) -> bytes:
        """All files as a gzipped tar without directories; the same files give the same bytes."""
        packed = io.BytesIO()
        with (
            gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as compressed,
            tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for name, content in self.files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime, entry.mode = len(content), 315532800, 0o644  # 1980, as in the archive of code
                tar.addfile(entry, io.BytesIO(content))
        return packed.getvalue()


def package(
    entities: Sequence[Entity[..., Any]], settings: SerializationSettings | None = None, archive: Archive | None = None
) -> Package:
    """Check entities for a Flyte backend, and make the files that `flytectl register files` takes.

    Args:
        entities: Workflows, tasks and launch plans; what they need comes with them.
        settings: Images, environment and the like; their project, domain and version are not used.
        archive: The code, where it travels apart from the image; it is unpacked where the fast settings say, else in
            `/root`.

    Raises:
        WorkflowError: With every problem; nothing was made.
        OptionError: When a container has no image.
    """
    settings = changed(settings or SerializationSettings(), project=None, domain=None, version=None)
    if archive is not None:
        given = settings.fast_serialization_settings
        destination = given.destination_dir if given is not None else None
        fast = FastSerializationSettings(enabled=True, destination_dir=destination or DESTINATION)
        settings = changed(settings, fast_serialization_settings=fast)
    registrables = lower(entities, settings)
    without = [each.name for each in registrables if each.kind == "task" and not _has_image(each.message)]
    if without:
        raise OptionError(f"no image is given for {_listed(without)}: give one, as `--image REGISTRY/REPOSITORY:TAG`")
    files = {name: each.message.SerializeToString(deterministic=True) for name, each in _named(registrables)}
    if archive is not None:
        files[archive.name] = archive.content
    return Package(tuple(registrables), files, content_version(registrables, archive))


def _has_image(spec: idl.TaskSpec) -> bool:
    template = spec.template
    if template.HasField("k8s_pod"):
        containers = idl.read_struct(template.k8s_pod.pod_spec)["containers"]
        return all(each.get("image") != "" for each in containers)
    return not template.HasField("container") or bool(template.container.image)


def _listed(names: Sequence[str]) -> str:
    first = ", ".join(f"`{name}`" for name in names[:3])
    return first if len(names) <= 3 else f"{first} and {len(names) - 3} more"


def _named(registrables: Sequence[Registrable]) -> Iterator[tuple[str, Registrable]]:
    """`<number>_<entity name>_<1, 2 or 3>.pb`: the number is the place in the order, as wide as the last one."""
    width = len(str(len(registrables) - 1))
    for index, each in enumerate(registrables):
        name = _NOT_IN_FILE_NAMES.sub("_", each.name)[:_LONGEST]
        yield f"{index:0{width}}_{name}_{_NUMBERS[each.kind]}.pb", each


def content_version(registrables: Iterable[Registrable], archive: Archive | None = None) -> str:
    """A version that says what is registered: it changes with the content, and only with that.

    Args:
        registrables: As `lower` makes them of settings without project, domain and version, and with fast settings that
            do not say yet where the code is.
        archive: The code, where it travels apart from the image.

    Counts: the messages with all that they say (structure, interfaces, images, resources, environment, docs), and of
    the code paths, contents and modes. Does not count: the version of this library, the interpreter and the virtual
    environment of the settings, where the sources are on this machine, the order of the entities, and how the archive
    was packed. Without an archive the code is in the image, and counts by the image's name.

    Returns:
        24 letters and digits of a SHA-256 in base32.
    """
    digest = hashlib.sha256()
    parts = sorted((each.kind, each.name, _comparable(each.message)) for each in registrables)
    for part in (*parts, ("code", "" if archive is None else archive.digest, b"")):
        for text in part:
            data = text if isinstance(text, bytes) else text.encode()
            digest.update(f"{len(data)} ".encode())
            digest.update(data)
    return base64.b32encode(digest.digest())[:24].decode().lower()


def _comparable(message: Any) -> bytes:
    """A message as it counts: without what depends on the machine that made it."""
    if isinstance(message, idl.TaskSpec):
        message = _copied(message)
        message.template.metadata.runtime.version = ""
    data: bytes = message.SerializeToString(deterministic=True)
    if _SETTINGS.encode() not in data:
        return data
    message = _copied(message)
    for part in _messages(message):
        if isinstance(part, idl.KeyValuePair) and part.key == _SETTINGS:
            part.value = _comparable_settings(part.value)
        elif isinstance(part, idl.Struct) and _is_settings(part):  # of a pod
            part.fields["value"].string_value = _comparable_settings(part.fields["value"].string_value)
    comparable: bytes = message.SerializeToString(deterministic=True)
    return comparable


def _is_settings(struct: idl.Struct) -> bool:
    fields = struct.fields
    return "name" in fields and "value" in fields and fields["name"].string_value == _SETTINGS


def _copied(message: Any) -> Any:
    made = type(message)()
    made.CopyFrom(message)
    return made


def _messages(message: Any) -> Iterator[Any]:
    """A message, and every message in it."""
    pending = [message]
    while pending:
        part = pending.pop()
        yield part
        for _, value in part.ListFields():
            if hasattr(value, "ListFields"):
                pending.append(value)
            elif not isinstance(value, (str, bytes)):
                values = value.values() if hasattr(value, "values") else value if hasattr(value, "append") else ()
                pending += [each for each in values if hasattr(each, "ListFields")]


def _comparable_settings(packed: str) -> str:
    tree = json.loads(gzip.decompress(base64.b64decode(packed)))
    tree.update(dict.fromkeys((*_OF_THE_MACHINE, *_OF_THE_REGISTRATION)))
    return json.dumps(tree, sort_keys=True)
