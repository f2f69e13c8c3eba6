"""What recipients of sequence mail call: the image and the links (X18)."""

from collections.abc import Callable
from typing import Any

from conduyt_kit.features.email_sequences import tracking
from conduyt_kit.kernel.endpoints import Endpoint, Envelope, Method, Reply

SECTION = "Email Sequences"


def _public(method: Method, path: str, summary: str, operation: Callable[[Any], Reply], *, limit: str = "600/minute") -> Endpoint:
    return Endpoint(
        method=method,
        path=path.replace("{token}", ":token"),
        root="",
        section=SECTION,
        summary=summary,
        operation=operation,
        scope=None,
        envelope=Envelope.RAW,
        errors=(404,),
        extension=True,
        limit=limit,
    )


PUBLIC_ENDPOINTS = (
    # Mail services call for many readers from few addresses.
    _public("GET", tracking.IMAGE_PATH, "The image that tells of an opened email.", tracking.show_image, limit="6000/minute"),
    _public("GET", tracking.LINK_PATH, "Lead on to a link of an email that was sent.", tracking.follow_link),
)
