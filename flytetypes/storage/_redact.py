"""URIs and other people's texts as errors may show them: without passwords, keys and signatures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

HIDDEN: Final = "***"

# `user:password@` of any URI. What `abfs://container@account` has before its @ is a name.
_USERINFO: Final = r"(://[^/@\s:]*):[^/@\s]*@"
_WEB_USERINFO: Final = r"(?i)(https?://)[^/@\s:]+@"
# The query of a web address is often what opens it: presigned URLs, shared access signatures, tokens.
_WEB_QUERY: Final = r"(?i)(https?://[^\s?'\"`<>]*)\?[^\s'\"`<>]+"
_SHORTEST: Final = 8  # what is shorter is a word of tests, and part of other words

_SIGNED: Final = (
    r"(?i)((?:signature|credential|security-token|sig|token|secret|password|api[_-]?key|access[_-]?key)[\w-]*[=:]\s*)"
    r"[^\s&,;'\"`<>]+"
)


def shown(uri: str) -> str:
    """A URI for people: without a password, and for web addresses without the query."""
    uri = re.sub(_USERINFO, rf"\1:{HIDDEN}@", uri)
    uri = re.sub(_WEB_USERINFO, rf"\1{HIDDEN}@", uri)
    return re.sub(_WEB_QUERY, rf"\1?{HIDDEN}", uri)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """A text that somebody else wrote, without these secrets and without what looks like one."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return re.sub(_SIGNED, rf"\1{HIDDEN}", shown(text))
