"""What one call changes of the options of what it calls: `with_overrides`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from flytetypes._record import Record
from flytetypes.authoring._names import dns_name
from flytetypes.authoring._options import (
    Accelerator,
    Cache,
    PodTemplate,
    Resources,
    checked_retries,
    checked_single,
    of_kind,
    seconds_of,
)
from flytetypes.errors import OptionError


class Overrides(Record):
    """The options of one call. What is not given stays as the task has it; a later call adds to an earlier one.

    Attributes:
        node_name: The node's id, in its DNS form (`My_Node` is `my-node`).
        name: What people see of it.
        aliases: Other names for its outputs on the wire.
        requests: Resources that it needs.
        limits: Resources that it may not exceed.
        timeout: Seconds or a timedelta; None or 0 for none.
        has_timeout: Whether `timeout` was given.
        retries: How often it may fail.
        interruptible: Whether it may run on machines that can be taken away.
        cache: How its results are kept; False for not at all.
        container_image: The image that it runs in.
        accelerator: The GPU that it needs.
        shared_memory: Memory at `/dev/shm`: True for the default, or a size.
        pod_template: The pod around it.
        task_config: The configuration of its task type, for this node only.
    """

    node_name: str | None = None
    name: str | None = None
    aliases: Mapping[str, str] | None = None
    requests: Resources | None = None
    limits: Resources | None = None
    timeout: timedelta | None = None
    has_timeout: bool = False
    retries: int | None = None
    interruptible: bool | None = None
    cache: Cache | bool | None = None
    container_image: str | None = None
    accelerator: Accelerator | None = None
    shared_memory: bool | str | None = None
    pod_template: PodTemplate | None = None
    task_config: Any = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Overrides:
        """Check options as they were written.

        Raises:
            OptionError: For an option that there is not, a value that it does not take, two that exclude each other.
        """
        given = {name: value for name, value in options.items() if value is not None or name == "timeout"}
        unknown = [name for name in given if name not in _KNOWN]
        if unknown:
            raise OptionError(f"there is no `{unknown[0]}`; there are {', '.join(_KNOWN)}")
        values: dict[str, Any] = {name: given[name] for name in given if name in cls.__match_args__}
        if "resources" in given:
            if "requests" in given or "limits" in given:
                raise OptionError("`resources` is given with `requests` or `limits`: give one or the other")
            values["requests"], values["limits"] = of_kind("resources", given["resources"], Resources).split()
        for name, kind in _KINDS.items():
            if name in values:
                of_kind(name, values[name], kind)
        for name in ("requests", "limits"):
            if name in values:
                checked_single(name, values[name])
        if "timeout" in given:
            values["timeout"], values["has_timeout"] = seconds_of(given["timeout"]), True
        if "node_name" in values:
            values["node_name"] = dns_name(values["node_name"])
        checked_retries(values.get("retries", 0))
        return cls(**{**values, "cache": _cache_of(given)})


if TYPE_CHECKING:

    class OverrideKeywords(TypedDict, total=False):
        """What `with_overrides` takes; see `Overrides`. None is the same as not given, but for `timeout`."""

        node_name: str | None
        name: str | None
        aliases: Mapping[str, str] | None
        resources: Resources | None
        requests: Resources | None
        limits: Resources | None
        timeout: int | timedelta | None
        retries: int | None
        interruptible: bool | None
        cache: bool | Cache | None
        cache_version: str | None
        cache_serialize: bool | None
        container_image: str | None
        accelerator: Accelerator | None
        shared_memory: bool | str | None
        pod_template: PodTemplate | None
        task_config: Any


def _cache_of(given: Mapping[str, Any]) -> Cache | bool | None:
    """The one Cache that the old and the new options say; False for none."""
    cache, version, serialize = (given.get(name) for name in ("cache", "cache_version", "cache_serialize"))
    if cache is None and version is None and serialize is None:
        return None
    if isinstance(cache, Cache):
        if version is not None or serialize is not None:
            raise OptionError("`cache` is a Cache: say `cache_version` and `cache_serialize` in it")
        return cache
    if cache is False:
        return False
    if version is None:
        raise OptionError("`cache=True` needs `cache_version`")
    return Cache(version, False if serialize is None else serialize)


_KINDS: dict[str, Any] = {
    "node_name": str,
    "name": str,
    "aliases": Mapping,
    "requests": Resources,
    "limits": Resources,
    "interruptible": bool,
    "cache": (bool, Cache),
    "container_image": str,
    "accelerator": Accelerator,
    "shared_memory": (bool, str),
    "pod_template": PodTemplate,
}
_KNOWN = (
    *(name for name in Overrides.__match_args__ if name != "has_timeout"),
    "resources",
    "cache_version",
    "cache_serialize",
)
