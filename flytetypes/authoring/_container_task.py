"""Container tasks: any image, which knows nothing of Flyte; its inputs and outputs are files."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from flytetypes.authoring._options import of_kind
from flytetypes.authoring._task import ContainerTarget, DataLoading, Task, TaskOptions
from flytetypes.configuration import SerializationSettings
from flytetypes.errors import OptionError, describe
from flytetypes.interface import Interface

if TYPE_CHECKING:
    from flytetypes.authoring._task import TaskKeywords


class ContainerMetadataFormat(enum.Enum):
    """How inputs and outputs that are no files are written (`flyteidl/core/tasks.proto, DataLoadingConfig`)."""

    JSON = "JSON"
    YAML = "YAML"
    PROTO = "PROTO"


class ContainerTask(Task[..., Any]):
    """A command in an image, with its inputs in one directory and its outputs in another.

    calc = ContainerTask(
        name="area",
        image="alpine:3.20",
        inputs=kwtypes(radius=float),
        outputs=kwtypes(area=float),
        command=["/bin/sh", "-c"],
        arguments=["echo {{.inputs.radius}} > /var/outputs/area"],
    )
    """

    kind = "container task"
    task_type = "raw-container"

    MetadataFormat: ClassVar = ContainerMetadataFormat

    def __init__(
        self,
        name: str,
        image: str,
        command: Sequence[str],
        inputs: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
        arguments: Sequence[str] | None = None,
        *,
        input_data_dir: str | None = None,
        output_data_dir: str | None = None,
        metadata_format: ContainerMetadataFormat = ContainerMetadataFormat.JSON,
        local_logs: bool = True,
        **options: Unpack[TaskKeywords],
    ) -> None:
        """Make a container task.

        Args:
            name: What it is registered as.
            image: Its image.
            command: Replaces the image's entry point; `{{.inputs.x}}` is filled in.
            inputs: Annotations by name.
            outputs: Annotations by name.
            arguments: Of the command.
            input_data_dir: Where a file for each input is found.
            output_data_dir: Where a file for each output is expected.
            metadata_format: Of the files for what is no file itself.
            local_logs: Whether a run here shows what it prints.
            options: Those of `@task`.

        Raises:
            AnnotationError: For an annotation that is not supported.
            OptionError: As `@task` does; for words that are no texts.
        """
        if "container_image" in options:
            raise OptionError(
                f"the image of the container task `{name}` is given as `image`, and as `container_image` too"
            )
        for option, words in (("command", command), ("arguments", arguments or ())):
            if isinstance(words, str) or not all(isinstance(word, str) for word in words):
                raise OptionError(f"`{option}` takes a list of texts, one for each word; got {describe(words)}")
        of_kind("metadata_format", metadata_format, ContainerMetadataFormat)
        declared = Interface.declared(name, inputs or {}, outputs or {})
        super().__init__(name, declared, TaskOptions.of(**options, container_image=image))
        self.command = tuple(command)
        self.arguments = tuple(arguments or ())
        self.local_logs = local_logs
        self.data = DataLoading(
            input_data_dir or "/var/inputs", output_data_dir or "/var/outputs", metadata_format.value
        )

    def target(self, settings: SerializationSettings) -> ContainerTarget:
        """Its own command; code never travels with it."""
        return ContainerTarget(
            self.options.container_image, self.command, self.arguments, self.data, carries_code=False
        )
