"""What the answers of servers mean, whichever library read them: HTTP statuses, codes of S3, broken connections."""

from __future__ import annotations

import re
from typing import Final

from flytetypes._redact import shown
from flytetypes.errors import AccessDenied, ObjectNotFound
from flytetypes.storage._remote import Failure, Location

# RFC 9110, RFC 6585, and what S3 (API reference, error responses), Google and Azure ask clients to try again.
_TRANSIENT_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 509})
_TRANSIENT_CODES: Final = frozenset(
    {
        *("InternalError", "InternalServerError", "OperationTimedOut", "ServerBusy", "ServiceUnavailable", "SlowDown"),
        *("RequestTimeout", "Throttling", "ThrottlingException", "TooManyRequests", "BadDigest", "IncompleteBody"),
        *("XAmzContentSHA256Mismatch", "OperationAborted", "RequestTimeTooSkewed"),
    }
)
_BUCKET_CODES: Final = frozenset({"NoSuchBucket", "ContainerNotFound", "InvalidBucketName"})
_KEY_CODES: Final = frozenset({"NoSuchKey", "BlobNotFound", "NotFound", "404"})

CREDENTIALS: Final = {
    "s3": "Check FLYTE_AWS_ACCESS_KEY_ID and FLYTE_AWS_SECRET_ACCESS_KEY, or what AWS_* and the profile say",
    "gs": "Check GOOGLE_APPLICATION_CREDENTIALS, or log in with gcloud",
    "az": "Check FLYTE_AZURE_STORAGE_ACCOUNT_NAME and FLYTE_AZURE_STORAGE_ACCOUNT_KEY, or the service principal of "
    "FLYTE_AZURE_CLIENT_ID",
}
ENDPOINTS: Final = {"s3": "FLYTE_AWS_ENDPOINT", "gs": "FLYTE_GCS_ENDPOINT", "az": "FLYTE_AZURE_ENDPOINT"}
CLOUDS: Final = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gs",
    "gcs": "gs",
    "az": "az",
    "abfs": "az",
    "abfss": "az",
    "azure": "az",
}
"""Scheme to the cloud that it is of."""


class Refused(Exception):  # noqa: N818 - never leaves the engine
    """An answer of a server that is no success, for engines whose library leaves it to them."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message


_MARKUP = re.compile(r"<(Code|Message)>([^<]*)</\1>")


def of_status(status: int, code: str, message: str, at: Location) -> Failure:
    """What an answer of a server means.

    Args:
        status: Its HTTP status.
        code: The word of S3 or Azure for it, or nothing.
        message: What the server said, or nothing.
        at: What was asked for.
    """
    cloud = CLOUDS.get(at.scheme, "")
    said = ": ".join(part for part in (code, " ".join(message.split())) if part) or "it gave no reason"
    if status == 404 or code in _BUCKET_CODES:
        missing = f"there is no bucket `{shown(at.bucket)}`" if code in _BUCKET_CODES else ""
        if missing or code in _KEY_CODES or not code:
            return Failure(missing, ObjectNotFound)
        return Failure(said, ObjectNotFound)
    if code in _TRANSIENT_CODES or status in _TRANSIENT_STATUSES:
        return Failure(f"the server answered {status} ({said})", transient=True)
    if status in (401, 403, 407):
        return Failure(
            f"access denied, the server answered {status} ({said})", AccessDenied, advice=CREDENTIALS.get(cloud, "")
        )
    if status in (301, 302, 307, 308) and cloud == "s3":
        advice = "The bucket is in another region: set AWS_REGION, or FLYTE_AWS_ENDPOINT"
        return Failure(f"the server answered {status} ({said})", advice=advice)
    if status == 412:
        return Failure("it was replaced while it was read: read it again")
    return Failure(f"the server answered {status} ({said})")


def of_markup(status: int, text: str, at: Location) -> Failure:
    """What an answer in the XML of S3 or Azure means."""
    found = dict(_MARKUP.findall(text))
    return of_status(status, found.get("Code", ""), found.get("Message", ""), at)


def of_connection(error: BaseException | str, at: Location) -> Failure:
    """A server that could not be reached, or that stopped in the middle."""
    setting = ENDPOINTS.get(CLOUDS.get(at.scheme, ""), "")
    reason = error if isinstance(error, str) else f"{type(error).__name__}: {error}".removesuffix(": ")
    advice = f"Is the server up, and the address of {setting} right?" if setting else ""
    return Failure(f"the connection failed ({reason})", transient=True, advice=advice)
