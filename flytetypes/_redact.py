"""URIs and other people's texts as errors may show them: without passwords, keys and signatures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

HIDDEN: Final = "***"

# `user:password@` of any URI. What `abfs://container@account` has before its @ is a name.
_USERINFO: Final = re.compile(r"(://[^/@\s:]*):[^/@\s]*@")
_WEB_USERINFO: Final = re.compile(r"(https?://)[^/@\s:]+@", re.IGNORECASE)
# The query of a web address is often what opens it: presigned URLs, shared access signatures, tokens.
_WEB_QUERY: Final = re.compile(r"(https?://[^\s?'\"`<>]*)\?[^\s'\"`<>]+", re.IGNORECASE)
_SHORTEST: Final = 8  # what is shorter is a word of tests, and part of other words

_NAMES: Final = r"(?:signature|credential|security-token|sig|token|secret|password|api[_-]?key|access[_-]?key)"
_VALUE: Final = r"[^\s&,;'\"`<>]+"
# Of other URIs, and of what was cut out of one.
_PARAMETER: Final = re.compile(rf"([?&][\w.-]*{_NAMES}[\w-]*=){_VALUE}", re.IGNORECASE)
_SIGNED: Final = re.compile(rf"({_NAMES}[\w-]*=\s*){_VALUE}", re.IGNORECASE)
# After a colon there may be a sentence: `SignatureDoesNotMatch: The request signature ...`. A code of an error is one
# word of several; what has a secret is called by a name.
_NAMED: Final = re.compile(rf"((?<![A-Za-z]){_NAMES}(?:[_-]\w+)*:\s*){_VALUE}", re.IGNORECASE)


def shown(text: str) -> str:
    """A URI, or a text with some, for people: without passwords, and for web addresses without the query."""
    if "://" not in text:
        return text
    text = _USERINFO.sub(rf"\1:{HIDDEN}@", text)
    text = _WEB_USERINFO.sub(rf"\1{HIDDEN}@", text)
    text = _WEB_QUERY.sub(rf"\1?{HIDDEN}", text)
    return _PARAMETER.sub(rf"\1{HIDDEN}", text)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """A text that somebody else wrote, without these secrets and without what looks like one."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return _NAMED.sub(rf"\1{HIDDEN}", _SIGNED.sub(rf"\1{HIDDEN}", shown(text)))
