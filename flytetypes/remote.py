"""A Flyte cluster, as plain data: programs that name one import and compile without reaching it."""

from __future__ import annotations

from typing import Any, NoReturn

from flytetypes._record import Record
from flytetypes.configuration import Config

__all__ = ["FlyteRemote"]


class FlyteRemote(Record):
    """A Flyte cluster, and where in it things go by default.

    Attributes:
        config: How it is reached.
        default_project: Where entities are looked for and registered.
        default_domain: As above.
        data_upload_location: Where files for executions are put.
        interactive_mode_enabled: Whether entities of a notebook may be sent there.
    """

    config: Config
    default_project: str | None = None
    default_domain: str | None = None
    data_upload_location: str | None = None
    interactive_mode_enabled: bool | None = None

    @classmethod
    def auto(cls, config_file: str | None = None, **defaults: Any) -> FlyteRemote:
        """The cluster of a configuration file, or else of the environment."""
        return cls(Config.auto(config_file), **defaults)

    @classmethod
    def for_endpoint(cls, endpoint: str, insecure: bool = False, **defaults: Any) -> FlyteRemote:
        """The cluster at an address."""
        return cls(Config.for_endpoint(endpoint, insecure), **defaults)

    @classmethod
    def for_sandbox(cls, **defaults: Any) -> FlyteRemote:
        """The sandbox of this machine."""
        return cls(Config.for_sandbox(), **defaults)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in _METHODS:
            raise AttributeError(f"FlyteRemote has no `{name}`")

        def unreachable(*_: Any, **__: Any) -> NoReturn:
            raise NotImplementedError(
                f"`FlyteRemote.{name}` needs a Flyte cluster, and this version of flytetypes cannot reach one: "
                "package the workflow with `flytetypes package`, and register it with flytectl"
            )

        return unreachable


_METHODS = frozenset(
    {
        *("fetch_task", "fetch_workflow", "fetch_launch_plan", "fetch_active_launchplan", "fetch_execution"),
        *("register_task", "register_workflow", "register_launch_plan", "register_script", "fast_register_workflow"),
        *("execute", "wait", "sync", "sync_execution", "terminate", "recent_executions", "list_tasks_by_version"),
        *("list_signals", "set_signal", "set_input", "approve", "reject", "get", "download", "upload_file"),
        *("launch_backfill", "activate_launchplan", "deactivate_launchplan", "generate_console_url"),
    }
)
