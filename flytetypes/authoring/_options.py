"""What tasks, workflows and launch plans may ask of the platform: resources, secrets, caching, pods, notifications.

All of it is plain data, checked when it is made; lowering writes it into Flyte's messages.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final, Literal, Protocol

from flytetypes._record import Record
from flytetypes.errors import OptionError, describe

# `k8s.io/apimachinery/pkg/api/resource`, quantities: a decimal number with a binary, decimal or exponent suffix.
_QUANTITY: Final = re.compile(r"(\d+(\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?")

Quantity = str | int | float
Range = Quantity | tuple[Quantity, Quantity]


class Resources(Record):
    """What a container may use, as Kubernetes writes it (`flyteidl/core/tasks.proto, Resources`).

    Attributes:
        cpu: Cores: `2`, `"500m"`.
        mem: Bytes: `"1Gi"`.
        gpu: Whole devices.
        ephemeral_storage: Bytes on the node's disk.

    As `resources=` of a task each may be a pair: request and limit.
    """

    cpu: Range | None = None
    mem: Range | None = None
    gpu: Range | None = None
    ephemeral_storage: Range | None = None

    def __init__(
        self,
        cpu: Range | None = None,
        mem: Range | None = None,
        gpu: Range | None = None,
        ephemeral_storage: Range | None = None,
    ) -> None:
        super().__init__(cpu, mem, gpu, ephemeral_storage)
        for name in self.__match_args__:
            value = getattr(self, name)
            pair = value if isinstance(value, tuple) else (value,)
            if len(pair) > 2 or not all(item is None or _is_quantity(item) for item in pair):
                raise OptionError(
                    f"`Resources({name}=...)` takes a quantity such as 2, '500m' or '1Gi', or a pair of them; "
                    f"got {describe(value)}"
                )

    def split(self) -> tuple[Resources, Resources]:
        """Requests and limits; a single quantity is a request only."""
        pairs = [
            value if isinstance(value, tuple) else (value, None)
            for value in (getattr(self, name) for name in self.__match_args__)
        ]
        return Resources(*(pair[0] for pair in pairs)), Resources(*(pair[-1] for pair in pairs))

    def __bool__(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__match_args__)

    @property
    def has_pairs(self) -> bool:
        """Whether any of them says a request and a limit at once."""
        return any(isinstance(getattr(self, name), tuple) for name in self.__match_args__)


def _is_quantity(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return False
    return _QUANTITY.fullmatch(str(value)) is not None


class SecretMountType(enum.Enum):
    """How a secret reaches the container (`flyteidl/core/security.proto, Secret.MountType`)."""

    ANY = 0
    ENV_VAR = 1
    FILE = 2


class Secret(Record):
    """A secret that a task may read (`flyteidl/core/security.proto, Secret`).

    Attributes:
        group: The name of the secret.
        key: One of its keys.
        group_version: A version of it.
        mount_requirement: How it reaches the container: `Secret.MountType.FILE`.
        env_var: The environment variable that gets it.
    """

    group: str | None = None
    key: str | None = None
    group_version: str | None = None
    mount_requirement: SecretMountType = SecretMountType.ANY
    env_var: str | None = None

    MountType: ClassVar = SecretMountType

    def __init__(
        self,
        group: str | None = None,
        key: str | None = None,
        group_version: str | None = None,
        mount_requirement: SecretMountType = SecretMountType.ANY,
        env_var: str | None = None,
    ) -> None:
        super().__init__(group, key, group_version, mount_requirement, env_var)
        if group is None and key is None:
            raise OptionError("`Secret` needs a group or a key: `Secret(group='database', key='password')`")
        of_kind("mount_requirement", mount_requirement, SecretMountType)


class CachePolicy(Protocol):
    """What contributes to the version of a cached task."""

    def get_version(self, salt: str, params: Any) -> str:
        """The contribution: any text; `params` has the task's `func`."""
        ...


class Cache(Record):
    """How the results of a task are kept for calls with equal inputs.

    Attributes:
        version: Results of another version are not used. Without one it is made from the task's code.
        serialize: Whether equal calls at the same time wait for one of them.
        ignored_inputs: Inputs that make no difference.
        salt: Text that changes the version where it is made from code or policies.
        policies: What the version is made from instead of the code.
    """

    version: str | None = None
    serialize: bool = False
    ignored_inputs: tuple[str, ...] = ()
    salt: str = ""
    policies: tuple[CachePolicy, ...] = ()

    def __init__(
        self,
        version: str | None = None,
        serialize: bool = False,
        ignored_inputs: str | Sequence[str] = (),
        salt: str = "",
        policies: CachePolicy | Sequence[CachePolicy] | None = None,
    ) -> None:
        ignored = (ignored_inputs,) if isinstance(ignored_inputs, str) else tuple(ignored_inputs)
        several = policies if isinstance(policies, Sequence) else () if policies is None else (policies,)
        super().__init__(version, serialize, ignored, salt, tuple(several))
        self._check(
            "version", version is None or (isinstance(version, str) and version != ""), "a text with something in it"
        )
        self._check("serialize", isinstance(serialize, bool), "True or False")
        self._check("ignored_inputs", all(isinstance(name, str) for name in ignored), "names of inputs")
        self._check("salt", isinstance(salt, str), "a text")
        self._check("policies", all(hasattr(each, "get_version") for each in several), "objects with `get_version`")

    def _check(self, name: str, fits: bool, what: str) -> None:
        if not fits:
            raise OptionError(f"`Cache({name}=...)` takes {what}; got {describe(getattr(self, name))}")


class PodTemplate(Record):
    """The pod around a task.

    Attributes:
        pod_spec: A pod spec as Kubernetes writes it in JSON, or the `V1PodSpec` of the package `kubernetes`.
        primary_container_name: Of the container that runs the task; it is added if the spec has none of that name.
        labels: Of the pod.
        annotations: Of the pod.
    """

    pod_spec: Any = None
    primary_container_name: str = "primary"
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None

    def spec(self) -> dict[str, Any]:
        """The pod spec as JSON."""
        return {} if self.pod_spec is None else _pod_json(self.pod_spec)


def _pod_json(value: Any) -> Any:
    """An object of the package `kubernetes` as JSON: its `attribute_map` says how fields are called there."""
    names = getattr(value, "attribute_map", None)
    if names is not None:
        found = {name: _pod_json(getattr(value, attribute)) for attribute, name in names.items()}
        return {name: item for name, item in found.items() if item is not None}
    if isinstance(value, Mapping):
        return {key: _pod_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_pod_json(item) for item in value]
    return value


class Documentation(Record):
    """What is told of a task or workflow; its docstring where it has one."""

    short_description: str | None = None
    long_description: str | None = None
    source_code: str | None = None
    """A link to the source."""


def seconds_of(timeout: int | timedelta | None, what: str = "a timeout") -> timedelta | None:
    """A timeout given in seconds or as a timedelta; None for none, and for zero."""
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, timedelta)):
        raise OptionError(f"{what} is whole seconds or a timedelta; got {describe(timeout)}")
    span = timeout if isinstance(timeout, timedelta) else timedelta(seconds=timeout)
    if span < timedelta(0):
        raise OptionError(f"{what} is not negative; got {describe(timeout)}")
    return span or None


# --- workflows and launch plans ---------------------------------------------------------------------------------------


class WorkflowFailurePolicy(enum.Enum):
    """What a failing node does to the others (`flyteidl/core/workflow.proto, WorkflowMetadata.OnFailurePolicy`)."""

    FAIL_IMMEDIATELY = 0
    """The workflow is stopped."""
    FAIL_AFTER_EXECUTABLE_NODES_COMPLETE = 1
    """What does not depend on it is finished first."""


class WorkflowExecutionPhase(enum.Enum):
    """How an execution ended (`flyteidl/core/execution.proto, WorkflowExecution.Phase`)."""

    SUCCEEDED = 4
    FAILED = 6
    ABORTED = 7
    TIMED_OUT = 8


class Notification(Record):
    """A message to people about the end of an execution.

    Attributes:
        phases: The ends that it tells of.
        recipients_email: Addresses; those of the channel for Slack and PagerDuty.
    """

    phases: Sequence[WorkflowExecutionPhase]
    recipients_email: Sequence[str]
    channel: ClassVar[Literal["email", "slack", "pager_duty"]]

    def __init__(self, phases: Sequence[WorkflowExecutionPhase], recipients_email: Sequence[str]) -> None:
        super().__init__(tuple(phases), tuple(recipients_email))
        name = type(self).__name__
        if not self.phases or not all(isinstance(phase, WorkflowExecutionPhase) for phase in self.phases):
            raise OptionError(f"`{name}(phases=...)` takes ends of an execution: [WorkflowExecutionPhase.FAILED]")
        if not self.recipients_email or isinstance(recipients_email, str):
            raise OptionError(f"`{name}(recipients_email=...)` takes a list of addresses, and at least one")


class Email(Notification):
    """By mail."""

    channel = "email"


class Slack(Notification):
    """To a Slack channel, by its address."""

    channel = "slack"


class PagerDuty(Notification):
    """To PagerDuty, by the address of its service."""

    channel = "pager_duty"


class Labels(dict[str, str]):
    """Labels of Kubernetes objects; any mapping will do where they are taken."""


class Annotations(dict[str, str]):
    """Annotations of Kubernetes objects; any mapping will do where they are taken."""


class RawOutputDataConfig(Record):
    """Where an execution writes its files (`flyteidl/admin/common.proto, RawOutputDataConfig`)."""

    output_location_prefix: str


class Identity(Record):
    """Whom an execution runs as (`flyteidl/core/security.proto, Identity`)."""

    iam_role: str | None = None
    k8s_service_account: str | None = None
    execution_identity: str | None = None


class SecurityContext(Record):
    """Whom an execution runs as, and the secrets that it has."""

    run_as: Identity | None = None
    secrets: tuple[Secret, ...] = ()


class ConcurrencyLimitBehavior(enum.Enum):
    """What happens to an execution that is one too many."""

    SKIP = 1


class ConcurrencyPolicy(Record):
    """How many executions of a launch plan run at the same time."""

    max_concurrency: int
    behavior: ConcurrencyLimitBehavior = ConcurrencyLimitBehavior.SKIP

    def __init__(
        self, max_concurrency: int, behavior: ConcurrencyLimitBehavior = ConcurrencyLimitBehavior.SKIP
    ) -> None:
        super().__init__(max_concurrency, behavior)
        if max_concurrency < 1:
            raise OptionError(f"`ConcurrencyPolicy` lets at least one run; got {describe(max_concurrency)}")


class Options(Record):
    """What a launch plan asks of each execution; `@workflow(default_options=...)` gives those of its default plan."""

    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None
    raw_output_data_config: RawOutputDataConfig | None = None
    security_context: SecurityContext | None = None
    max_parallelism: int | None = None
    notifications: tuple[Notification, ...] = ()
    overwrite_cache: bool | None = None
    concurrency: ConcurrencyPolicy | None = None


# --- accelerators -----------------------------------------------------------------------------------------------------


class Accelerator(Record):
    """A kind of GPU, whole or a part of it (`flyteidl/core/tasks.proto, GPUAccelerator`).

    Attributes:
        device: Its name, as nodes are labelled with it.
        partition_size: The part: `1g.5gb`.
        whole: Whether it must not be a part.
    """

    device: str
    partition_size: str | None = None
    whole: bool = False

    @property
    def unpartitioned(self) -> Accelerator:
        """The whole device only."""
        return Accelerator(self.device, whole=True)

    def partitioned(self, size: str) -> Accelerator:
        """A part of the device: `A100.partitioned("1g.5gb")`, which is `A100.partition_1g_5gb`."""
        return Accelerator(self.device, size)

    def __getattr__(self, name: str) -> Accelerator:
        memory = name.removeprefix("partition_")
        if memory == name:
            raise AttributeError(name)
        return self.partitioned(memory.replace("_", "."))


def of_kind(name: str, value: Any, kind: type | tuple[type, ...]) -> Any:
    """The value of an option, if it is of a class that the option takes; raises `OptionError`."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        names = " or ".join(f"{'an' if each.__name__[0] in 'AEIOUaeiou' else 'a'} {each.__name__}" for each in kinds)
        raise OptionError(f"`{name}` takes {names}; got {describe(value)}")
    return value


def checked_name(what: str, name: Any) -> None:
    """Raise `OptionError` for what is no name."""
    if not isinstance(name, str) or not name:
        raise OptionError(f"the name of a {what} is a text that is not empty; got {describe(name)}")


def checked_retries(retries: Any) -> None:
    """Raise `OptionError` for what is no number from 0 on."""
    if isinstance(retries, bool) or not isinstance(retries, int) or not 0 <= retries < 2**31:
        raise OptionError(f"`retries` is a number from 0 on; got {describe(retries)}")


def checked_mapping(name: str, value: Mapping[str, str] | None) -> dict[str, str] | None:
    """Labels, annotations and environments: texts by name; raises `OptionError`."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for pair in value.items() for text in pair):
        raise OptionError(f"`{name}` takes texts by name, such as {{'team': 'a'}}; got {describe(value)}")
    return dict(value)


def checked_single(name: str, value: Resources) -> Resources:
    """Requests or limits, which have no pairs; raises `OptionError`."""
    if value.has_pairs:
        raise OptionError(f"`{name}` takes single quantities: a pair of request and limit is for `resources`")
    return value
