"""Stored values as fields of pydantic models: they are validated from and dumped to what they are inside any struct."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flytetypes._lazy import require
from flytetypes.errors import ConversionError
from flytetypes.types import Inbox, Outbox
from flytetypes.types._plain import IN_MODEL, Dumping, Loading


def model_field(
    cls: type,
    schema: dict[str, Any],
    *,
    dump: Callable[[Any, Dumping], Any],
    load: Callable[[Any, Loading], Any],
) -> Any:
    """Pydantic's core schema of a class; for `__get_pydantic_core_schema__`.

    Converting a model hands its outbox or inbox over in pydantic's context. When a user dumps or validates one, nothing
    is uploaded, and paths stay what they are.

    Args:
        cls: The class.
        schema: Its JSON schema.
        dump: As of a `PlainCodec`.
        load: As of a `PlainCodec`; takes the user's own spellings too.
    """
    core = require("pydantic_core.core_schema", extra="pydantic", purpose=f"a model with a `{cls.__name__}` in it")

    def validated(value: Any, info: Any) -> Any:
        loading = (info.context or {}).get(IN_MODEL) or Loading(Inbox())
        try:
            return load(value, loading)
        except ConversionError as error:
            raise ValueError(error.summary) from None

    def serialised(value: Any, info: Any) -> Any:
        return dump(value, (info.context or {}).get(IN_MODEL) or Dumping(Outbox(keeps_local=True, old_format=False)))

    return core.with_info_plain_validator_function(
        validated,
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core.plain_serializer_function_ser_schema(serialised, info_arg=True, when_used="json"),
        metadata={"pydantic_js_functions": [lambda _schema, _handler: schema]},
    )
