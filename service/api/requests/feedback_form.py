"""The form of a report to a picture, or the request that asked about it, and its right label.

multipart/form-data: file | request_id, label  ->  FeedbackForm
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service.api.requests.body import FORM, check_encoding, media_type
from service.api.requests.multipart import Part, parse_multipart
from service.errors import InvalidInput, MalformedRequest, UnsupportedMedia
from service.feedback.reports import NONE
from service.inference.package.evidence import class_index

_FIELDS = ("file", "request_id", "label")
_HELP = "Send it as `curl -F file=@picture.png -F label=4` does."
_MOST_TEXT = 200  # bytes of a label or a request id


@dataclass(frozen=True, slots=True)
class FeedbackForm:
    """`label` as it was given. One of the others is None."""

    label: str
    file: bytes | None
    request_id: str | None


def check_feedback_media(content_type: str, content_encoding: str | None) -> None:
    """Raises UnsupportedMedia for what is no form; the body need not have arrived yet."""
    if media_type(content_type) != FORM:
        raise UnsupportedMedia(f"A report is a form, {FORM}. {_HELP}")
    check_encoding(content_encoding)


def parse_feedback(content_type: str, content_encoding: str | None, body: bytes) -> FeedbackForm:
    """The fields of a whole body. Raises MalformedRequest, UnsupportedMedia, PayloadTooLarge or InvalidInput."""
    check_feedback_media(content_type, content_encoding)
    fields: dict[str, Part] = {}
    for part in parse_multipart(content_type, body, len(_FIELDS)):
        if part.name not in _FIELDS:
            raise InvalidInput(f"The form has an unknown field. Known ones: {', '.join(_FIELDS)}.")
        if part.name in fields:
            raise InvalidInput(f"The form has the field {part.name} twice.")
        fields[part.name] = part
    if "label" not in fields:
        raise MalformedRequest(f"The form has no field label: what the picture is, or {NONE}. {_HELP}")
    if ("file" in fields) == ("request_id" in fields):
        raise MalformedRequest(f"The form must have either a picture, file, or a request_id. {_HELP}")
    picture = fields["file"].data if "file" in fields else None
    return FeedbackForm(
        _text(fields["label"]), picture, _text(fields["request_id"]) if "request_id" in fields else None
    )


def _text(part: Part) -> str:
    if not part.data or len(part.data) > _MOST_TEXT:
        raise InvalidInput(f"The field {part.name} must hold 1 to {_MOST_TEXT} bytes of text.")
    return part.data.decode("utf-8", errors="replace").strip()


def true_class(labels: Sequence[str], given: str) -> int | None:
    """The class that a label or an index names; None where it is none of the classes. Raises InvalidInput."""
    if given.casefold() == NONE and NONE not in (label.casefold() for label in labels):
        return None
    try:
        return class_index(labels, given, "class")
    except InvalidInput as error:
        raise InvalidInput(f"{error.message} Or {NONE}, of a picture that is none of them.") from None
