"""From annotations to literals and back."""

from flytetypes.types._attribute_path import resolve as resolve_path
from flytetypes.types._boxes import Inbox, NotFetched, Outbox
from flytetypes.types._castable import Verdict, castable
from flytetypes.types._converter import Bulk, Converter
from flytetypes.types._engine import Explanation, TypeEngine
from flytetypes.types._hashing import content_hash, inputs_hash, interface_hash, message_hash, offload_hash
from flytetypes.types._infer import literal_type_of
from flytetypes.types._json_values import dump_json, load_json
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
    "Verdict",
    "castable",
    "content_hash",
    "default_registry",
    "dump_json",
    "inputs_hash",
    "interface_hash",
    "kwtypes",
    "literal_type_of",
    "load_json",
    "message_hash",
    "offload_hash",
    "resolve_path",
]
