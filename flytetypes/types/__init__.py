"""From annotations to literals and back."""

from flytetypes.types._boxes import Inbox, NotFetched, Outbox
from flytetypes.types._converter import Bulk, Converter
from flytetypes.types._engine import Explanation, TypeEngine
from flytetypes.types._markers import FlyteAnnotation, HashMethod, kwtypes
from flytetypes.types._plain import PlainCodec
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types.builtin import FlyteError, Pickle, Pickled, default_registry

__all__ = [
    "Bulk",
    "Converter",
    "Explanation",
    "FlyteAnnotation",
    "FlyteError",
    "HashMethod",
    "Inbox",
    "NotFetched",
    "Outbox",
    "Pickle",
    "Pickled",
    "PlainCodec",
    "Registry",
    "TypeEngine",
    "TypeTransformer",
    "default_registry",
    "kwtypes",
]
