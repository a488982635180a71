"""The name of an uploaded file as it may be shown: as it was sent, without what could harm a page or a log.

parameters of a part's Content-Disposition -> name, or None where the part is no file
"""

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

LONGEST_NAME = 200  # characters
_MOST_JOINED = 32  # characters that a cut goes back at most: nobody's name has longer clusters
_CHARSETS = ("utf-8", "iso-8859-1")  # those of RFC 5987
# Control characters, line and paragraph separators, and what turns the direction of the text that follows. Spaces of
# every width, joiners and characters that this Python does not know yet are harmless, and people's names have them.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u206f]")
# These stand after the character they belong to: vowels and finals of Hangul as macOS writes it, joiners, skin tones,
# tags. Marks are known by their category.
_JOINED = re.compile("[\u1160-\u11ff\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_JOINERS = ("\u200c", "\u200d")
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # two of them make a flag


def file_name(parameters: Mapping[bytes, bytes]) -> str | None:
    """The `filename*` (RFC 6266, 4.3: it goes first) or `filename`, in UTF-8 whose wrong bytes become U+FFFD."""
    extended = _decode_extended(parameters.get(b"filename*", b""))
    if extended:
        return shown_name(extended)
    plain = parameters.get(b"filename")
    return None if plain is None else shown_name(plain.decode("utf-8", errors="replace"))


def shown_name(text: str) -> str:
    """`text` with "?" for each unsafe character, cut to 200 characters between two that are seen as two."""
    return _UNSAFE.sub("?", text if len(text) <= LONGEST_NAME else text[: _cut(text)])


def _decode_extended(value: bytes) -> str | None:
    """RFC 5987: `charset'language'percent-encoded`. None where it is something else."""
    charset, _, rest = value.partition(b"'")
    _, quote, encoded = rest.partition(b"'")
    name = charset.decode("ascii", errors="replace").lower()
    if not quote or name not in _CHARSETS:
        return None
    return unquote_to_bytes(encoded).decode(name, errors="replace")


def _cut(text: str) -> int:
    for end in range(LONGEST_NAME, LONGEST_NAME - _MOST_JOINED, -1):
        if not _belong_together(text, end):
            return end
    return LONGEST_NAME


def _belong_together(text: str, end: int) -> bool:
    """Whether the characters before and after `end` are seen as one."""
    before, after = text[end - 1], text[end]
    if before in _FLAG_LETTERS and after in _FLAG_LETTERS:
        letters = end - len(text[:end].rstrip(_FLAG_LETTERS))
        return letters % 2 == 1
    return before in _JOINERS or _JOINED.match(after) is not None or unicodedata.category(after).startswith("M")
