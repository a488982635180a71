"""A picture file as text: base64 as the common tools write it, or a data URL, to its bytes.

"iVBORw0KGgo..."                    plain or URL-safe alphabet, with padding or without
"iVBORw0K\\r\\nGgo...\\n"               in lines, as `base64`, MIME and Android's DEFAULT write it
"data:image/png;base64,iVBORw0..."  as a browser's FileReader and canvas give it
"""

import binascii

_CHUNK = 2**18  # characters; a multiple of 4, and worked on within a millisecond
_STANDARD = bytes.maketrans(b"-_", b"+/")
_LINE_BREAKS = b"\r\n"
_NO_LETTER = "it has a character that base64 does not have"


def decode_file(text: str) -> bytes:
    """The bytes that `text` stands for. Raises ValueError with what is wrong, to follow after a colon.

    Each step is done by pieces: what runs in C holds the interpreter until it is done.
    """
    text = text.strip()
    scheme = text[:8].lower()
    if scheme.startswith(("http://", "https://")):
        raise ValueError("this is an address, and the service fetches nothing")
    if scheme.startswith("data:"):
        text = text.partition(",")[2]
    try:
        letters = text.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError(_NO_LETTER) from None
    return _decode(_tidy(letters))


def _tidy(letters: bytes) -> bytes:
    """In the standard alphabet and on one line."""
    broken = b"\n" in letters or b"\r" in letters
    url_safe = b"-" in letters or b"_" in letters
    if not broken and not url_safe:
        return letters
    table = _STANDARD if url_safe else None
    removed = _LINE_BREAKS if broken else b""
    pieces = (letters[start : start + _CHUNK] for start in range(0, len(letters), _CHUNK))
    return b"".join(piece.translate(table, removed) for piece in pieces)


def _decode(letters: bytes) -> bytes:
    bare = letters.rstrip(b"=")
    missing = -len(bare) % 4  # letters of the last four
    whole = bare[:-1] if missing == 3 else bare + b"=" * missing
    if b"=" in bare:
        raise ValueError("there is padding (=) before its end")
    try:
        data = b"".join(
            binascii.a2b_base64(whole[start : start + _CHUNK], strict_mode=True)
            for start in range(0, len(whole), _CHUNK)
        )
    except ValueError:
        raise ValueError(_NO_LETTER) from None
    if missing == 3:
        raise ValueError("its length is that of no base64, as if it were cut off")
    if len(letters) not in (len(bare), len(whole)):
        raise ValueError("its padding (=) does not fit its length, as if it were cut off")
    return data
