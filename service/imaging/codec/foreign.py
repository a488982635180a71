"""What a file that is not read here is, by its first bytes: so that a refusal can name it."""

_HEAD = 1024  # bytes within which an SVG names itself
# Brands of the ISO base media file format (ISO/IEC 14496-12), as registered at mp4ra.org.
_HEIC = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))
_AVIF = frozenset((b"avif", b"avis"))
_SIGNATURES = (
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"%PDF-", "a PDF document"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\x01\0", "a Windows icon"),
    (b"qoif", "a QOI picture"),
    (b"PK\x03\x04", "a ZIP archive, as office documents are"),
    (b"\x1f\x8b", "a gzip file"),
    (b"{", "JSON"),
    (b"data:image/", "a data URL, which belongs into JSON"),
)


def known_format(data: bytes) -> str | None:
    """What the file is, with its article; None where that cannot be told."""
    if data[4:8] == b"ftyp":
        return _media(data[8:12])
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head.startswith(b"<"):
        return "an SVG drawing" if b"<svg" in head else "HTML or XML text"
    return None


def _media(brand: bytes) -> str:
    if brand in _HEIC:
        return "a HEIC picture, as iPhones take them"
    return "an AVIF picture" if brand in _AVIF else "a film"
