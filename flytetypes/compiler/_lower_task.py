"""Tasks as Flyte's messages: `TaskSpec` and what it is made of (`flyteidl/core/tasks.proto`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from flytetypes import idl
from flytetypes._docstrings import parse_docstring
from flytetypes._version import __version__
from flytetypes.authoring import (
    Accelerator,
    ContainerTarget,
    DataLoading,
    Documentation,
    EntityId,
    FunctionTask,
    PodTemplate,
    Resources,
    Secret,
    SqlTarget,
    Task,
)
from flytetypes.configuration import SerializationSettings
from flytetypes.errors import OptionError

_SHARED_MEMORY: Final = ("/dev/shm", "flyte-shared-memory")  # noqa: S108 - where Linux has it
_IMAGE: Final = re.compile(r"\{\{\s*\.image\.(?P<name>[\w-]+)(?:\.(?P<attribute>\w+))?\s*\}\}")
# The order of entries is Flyte's: one in containers, another in overrides.
_CONTAINER_ORDER: Final = ("ephemeral_storage", "cpu", "gpu", "mem")
_OVERRIDE_ORDER: Final = ("cpu", "mem", "gpu", "ephemeral_storage")
_RESOURCE_NAMES: Final = {"cpu": "CPU", "mem": "MEMORY", "gpu": "GPU", "ephemeral_storage": "EPHEMERAL_STORAGE"}
_POD_NAMES: Final = {"cpu": "cpu", "mem": "memory", "gpu": "nvidia.com/gpu", "ephemeral_storage": "ephemeral-storage"}


def fill_id(into: idl.Identifier, kind: str, name: str, settings: SerializationSettings) -> None:
    """The identifier of an entity: empty parts are filled in by whoever registers it."""
    into.resource_type = getattr(idl.ResourceType, kind)
    into.project = settings.project or ""
    into.domain = settings.domain or ""
    into.name = name
    into.version = settings.version or ""


def fill_reference(into: idl.Identifier, kind: str, entity_id: EntityId) -> None:
    """The identifier of an entity that is registered already."""
    into.resource_type = getattr(idl.ResourceType, kind)
    for name in entity_id.__match_args__:
        setattr(into, name, getattr(entity_id, name))


def task_spec(task: Task[..., Any], settings: SerializationSettings) -> idl.TaskSpec:
    """A task as it is registered.

    Raises:
        OptionError: For an image that the settings do not have, and a task that its container could not find.
    """
    spec = idl.TaskSpec()
    template = spec.template
    fill_id(template.id, "TASK", task.name, settings)
    template.type = task.task_type
    template.task_type_version = task.task_type_version
    _fill_metadata(template.metadata, task)
    template.interface.CopyFrom(task.interface.to_idl())
    _fill_target(template, task, settings)
    custom = task.custom(settings)
    if custom is not None:
        idl.fill_struct(template.custom, dict(custom))
    template.config.update(task.config(settings) or {})
    for secret in task.options.secret_requests:
        _fill_secret(template.security_context.secrets.add(), secret)
    fill_extended_resources(template, task.options.accelerator, task.options.shared_memory)
    if isinstance(task, FunctionTask):
        fill_description(spec.description, task.__doc__, task.options.docs)
    return spec


def _fill_metadata(into: idl.TaskMetadata, task: Task[..., Any]) -> None:
    options = task.options
    into.runtime.type = idl.RuntimeMetadata.FLYTE_SDK
    into.runtime.version = __version__
    into.runtime.flavor = "python"
    if options.cache is not None:
        into.discoverable = True
        into.discovery_version = task.cache_version
        into.cache_serializable = options.cache.serialize
        into.cache_ignore_input_vars.extend(options.cache.ignored_inputs)
    fill_run_metadata(into, options.timeout, options.retries, options.interruptible)
    into.deprecated_error_message = options.deprecated
    into.pod_template_name = options.pod_template_name or ""
    into.is_eager = task.is_eager
    into.generates_deck.value = options.enable_deck
    into.generates_deck.SetInParent()
    into.metadata.SetInParent()
    into.metadata.labels.update(options.labels or {})
    into.metadata.annotations.update(options.annotations or {})


def fill_run_metadata(into: Any, timeout: timedelta | None, retries: int, interruptible: bool | None) -> None:
    """What the metadata of tasks and of nodes have in common; retries are always present."""
    if timeout is not None:
        into.timeout.FromTimedelta(timeout)
    into.retries.retries = retries
    into.retries.SetInParent()
    if interruptible is not None:
        into.interruptible = interruptible


def fill_description(into: idl.DescriptionEntity, docstring: str | None, docs: Documentation | None) -> None:
    """What people read of an entity: its docstring, or what was given instead."""
    parsed = parse_docstring(docstring)
    long = parsed.body if parsed.summary else docs and docs.long_description
    short = parsed.summary or (docs and docs.short_description)
    into.short_description = short or ""
    if long:
        into.long_description.value = long
    into.long_description.format = idl.DescriptionFormat.DESCRIPTION_FORMAT_RST
    if docs is not None and docs.source_code:
        into.source_code.link = docs.source_code


# --- what runs --------------------------------------------------------------------------------------------------------


def _fill_target(template: idl.TaskTemplate, task: Task[..., Any], settings: SerializationSettings) -> None:
    target = task.target(settings)
    if isinstance(target, SqlTarget):
        template.sql.statement = target.statement
        template.sql.dialect = getattr(idl.Sql.Dialect, target.dialect)
    elif target is not None and task.options.pod_template is not None:
        pod_template = task.options.pod_template
        fill_pod(template.k8s_pod, pod_template, task, target, settings)
        template.config["primary_container_name"] = pod_template.primary_container_name
    elif target is not None:
        container = template.container
        container.image = image_of(target.image, settings)
        container.command.extend(target.command)
        container.args.extend(arguments_of(target, settings))
        options = task.options
        fill_resources(container.resources, options.requests, options.limits, _CONTAINER_ORDER)
        container.resources.SetInParent()
        for key, value in task.environment(settings).items():
            container.env.add(key=key, value=value)
        if target.data is not None:
            _fill_data(container.data_config, target.data)


def arguments_of(target: ContainerTarget, settings: SerializationSettings) -> Sequence[str]:
    """The arguments of a container; where code travels apart from the image, behind the program that unpacks it."""
    fast = settings.fast
    if fast is None or not target.carries_code:
        return target.args
    return (
        "flytetypes-fast-execute",
        "--additional-distribution",
        fast.distribution_location or "{{ .remote_package_path }}",
        "--dest-dir",
        fast.destination_dir or "{{ .dest_dir }}",
        "--",
        *target.args,
    )


def image_of(image: str | None, settings: SerializationSettings) -> str:
    """The image of a task, its placeholders filled in; the default one if it names none.

    Raises:
        OptionError: For a placeholder that the settings know nothing of.
    """
    if image is None:
        default = settings.image_config.default_image
        return "" if default is None else default.full

    def replaced(match: re.Match[str]) -> str:
        name, attribute = match["name"], match["attribute"]
        found = settings.image_config.find(name)
        if found is None:
            known = ", ".join(["default", *(each.name for each in settings.image_config.images)])
            raise OptionError(f"the image `{match[0]}` is none of those in the settings ({known})")
        value = {"fqn": found.fqn, "version": found.version, "tag": found.version, None: found.full}.get(attribute)
        if value is None:
            raise OptionError(f"the image `{match[0]}` has no `{attribute}`; it has `fqn` and `version`")
        return value

    return _IMAGE.sub(replaced, image)


def _fill_data(into: idl.DataLoadingConfig, data: DataLoading) -> None:
    into.enabled = True
    into.input_path = data.input_path
    into.output_path = data.output_path
    into.format = getattr(idl.DataLoadingConfig.LiteralMapFormat, data.format)


def fill_resources(
    into: idl.Resources,
    requests: Resources | None,
    limits: Resources | None,
    order: Sequence[str] = _OVERRIDE_ORDER,
) -> None:
    """Requests and limits, in the order that Flyte writes them."""
    for resources, entries in ((requests, into.requests), (limits, into.limits)):
        for name in order if resources is not None else ():
            value = getattr(resources, name)
            if value is not None:
                entries.add(name=getattr(idl.Resources.ResourceName, _RESOURCE_NAMES[name]), value=str(value))


def fill_extended_resources(into: Any, accelerator: Accelerator | None, shared_memory: bool | str | None) -> None:
    """Accelerator and shared memory; nothing when neither is asked for."""
    if accelerator is not None:
        gpu = into.extended_resources.gpu_accelerator
        gpu.device = accelerator.device
        if accelerator.partition_size is not None:
            gpu.partition_size = accelerator.partition_size
        elif accelerator.whole:
            gpu.unpartitioned = True
    if shared_memory:
        memory = into.extended_resources.shared_memory
        memory.mount_path, memory.mount_name = _SHARED_MEMORY
        if isinstance(shared_memory, str):
            memory.size_limit = shared_memory


def _fill_secret(into: idl.Secret, secret: Secret) -> None:
    into.group = secret.group or ""
    into.key = secret.key or ""
    into.group_version = secret.group_version or ""
    into.mount_requirement = getattr(idl.Secret.MountType, secret.mount_requirement.name)
    into.env_var = secret.env_var or ""


# --- pods -------------------------------------------------------------------------------------------------------------


def fill_pod(
    into: idl.K8sPod,
    pod_template: PodTemplate,
    task: Task[..., Any],
    target: ContainerTarget,
    settings: SerializationSettings,
) -> None:
    """The pod of a task: its own template, with the container that runs the task completed."""
    into.metadata.SetInParent()
    into.metadata.labels.update(pod_template.labels or {})
    into.metadata.annotations.update(pod_template.annotations or {})
    spec = pod_template.spec()
    name = pod_template.primary_container_name
    containers = [dict(container) for container in spec.get("containers") or ()]
    if all(container.get("name") != name for container in containers):
        containers.append({"name": name})
    for container in containers:
        if container.get("name") == name:
            _complete(container, task, target, settings)
        elif "image" in container:
            container["image"] = image_of(container["image"], settings)
    idl.fill_struct(into.pod_spec, {**spec, "containers": containers})


def _complete(
    container: dict[str, Any], task: Task[..., Any], target: ContainerTarget, settings: SerializationSettings
) -> None:
    container["command"] = list(target.command)
    container["args"] = list(arguments_of(target, settings))
    container["image"] = image_of(container.get("image") or target.image, settings)
    requests, limits = task.options.requests, task.options.limits
    if requests or limits:
        container["resources"] = {"requests": _pod_resources(requests), "limits": _pod_resources(limits)}
    own = [{"name": key, "value": value} for key, value in task.environment(settings).items()]
    container["env"] = [*own, *(container.get("env") or ())]


def _pod_resources(resources: Resources | None) -> dict[str, str]:
    values = {} if resources is None else {name: getattr(resources, name) for name in _POD_NAMES}
    return {_POD_NAMES[name]: str(value) for name, value in values.items() if value is not None}
