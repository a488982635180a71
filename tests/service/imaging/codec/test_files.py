"""Picture files of every kind and in every state: what is read, what is refused, and what is said then."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from service.errors import FeaturemapError, InvalidImage, InvalidInput, PayloadTooLarge, UnsupportedMedia
from service.imaging.codec.files import ImageLimits, decode, decode_cost, encode_png, probe
from tests.ci import sampled
from tests.service.imaging.pictures import encode, files, oriented

LIMITS = ImageLimits()
FILES = files()
GRADIENT = np.add.outer(np.arange(40) * 3, np.arange(52) * 2).astype(np.uint8)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG written by hand, for what Pillow does not write."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"".join((b"\x89PNG\r\n\x1a\n", header, *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")))


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_gives_what_pillow_shows(name: str) -> None:
    picture = decode(FILES[name], LIMITS)
    with Image.open(BytesIO(FILES[name])) as image:
        image.seek(0)
        if "16 bit" in name:
            shown = np.asarray(image) // 257
            assert np.array_equal(picture.pixels, shown)
            return
        shown = np.asarray(image.convert("RGBA"))
    if "rotated" in name:
        shown = np.rot90(shown, -1)
    got = np.asarray(Image.fromarray(picture.pixels).convert("RGBA"))
    opaque = shown[..., 3] > 0
    assert np.array_equal(got[..., 3], shown[..., 3])
    assert np.array_equal(got[opaque], shown[opaque])
    assert (picture.height, picture.width) == picture.pixels.shape[:2]
    assert picture.format == name.split()[0].upper()
    assert picture.exif_rotated == ("rotated" in name)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_exif_orientation_is_undone(kind: str, orientation: int) -> None:
    image = Image.fromarray(GRADIENT).convert("RGB")
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    plain = decode(encode(image, kind, **options), LIMITS).pixels.astype(int)
    turned = {
        1: plain,
        2: plain[:, ::-1],
        3: plain[::-1, ::-1],
        4: plain[::-1],
        5: plain.swapaxes(0, 1),
        6: np.rot90(plain, -1),
        7: plain[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(plain, 1),
    }
    picture = decode(encode(image, kind, exif=oriented(orientation), **options), LIMITS)
    assert np.array_equal(picture.pixels, turned[orientation])
    assert (picture.width, picture.height) == (turned[orientation].shape[1], turned[orientation].shape[0])
    assert picture.exif_rotated == (orientation != 1)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"])
def test_damaged_exif_is_no_reason_to_refuse_a_picture(exif: bytes) -> None:
    picture = decode(encode(GRADIENT, "JPEG", exif=exif), LIMITS)
    assert not picture.exif_rotated
    assert picture.pixels.shape == (40, 52)


def test_16_bit_grey_is_scaled_by_its_nominal_maximum() -> None:
    wide = Image.fromarray(np.array([[0, 257, 32768, 65535]], dtype=np.uint16))
    assert decode(encode(wide, "PNG"), LIMITS).pixels.tolist() == [[0, 1, 128, 255]]


def test_16_bit_grey_keeps_its_transparent_level() -> None:
    row = b"\0" + struct.pack(">3H", 0, 1000, 65535)
    pixels = decode(png(3, 1, 16, 0, row, chunk(b"tRNS", struct.pack(">H", 1000))), LIMITS).pixels
    assert pixels.tolist() == [[[0, 255], [3, 0], [255, 255]]]


def test_16_bit_colour_with_a_transparent_colour() -> None:
    row = b"\0" + struct.pack(">6H", 256, 512, 768, 65535, 0, 0)
    pixels = decode(png(2, 1, 16, 2, row, chunk(b"tRNS", struct.pack(">3H", 256, 512, 768))), LIMITS).pixels
    assert pixels.tolist() == [[[1, 2, 3, 0], [255, 0, 0, 255]]]


def test_a_transparent_level_below_8_bit_is_given_in_the_files_own_depth() -> None:
    row = b"\0" + bytes([0x0F, 0x50])  # 4 bit: levels 0, 15, 5, 0
    pixels = decode(png(4, 1, 4, 0, row, chunk(b"tRNS", struct.pack(">H", 5))), LIMITS).pixels
    assert pixels.tolist() == [[[0, 255], [255, 255], [85, 0], [0, 255]]]


def test_run_length_encoded_bmp() -> None:
    palette = encode(Image.fromarray(np.zeros((2, 4), np.uint8)).convert("P"), "BMP")
    head = bytearray(palette[: 14 + 40 + 1024])
    head[30:34] = struct.pack("<I", 1)
    head[14 + 40 + 4 * 9 : 14 + 40 + 4 * 9 + 3] = bytes((10, 20, 30))  # colour 9, blue first
    rows = bytes((4, 9, 0, 0, 2, 9, 2, 0, 0, 1))  # from the bottom: 9 9 9 9, then 9 9 0 0
    pixels = decode(bytes(head) + rows, LIMITS).pixels
    assert pixels[1].tolist() == [[30, 20, 10]] * 4
    assert pixels[0].tolist() == [[30, 20, 10]] * 2 + [[0, 0, 0]] * 2


def test_os2_bmp() -> None:
    head = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + struct.pack("<IHHHH", 12, 2, 1, 1, 24)
    assert decode(head + bytes((3, 2, 1, 6, 5, 4, 0, 0)), LIMITS).pixels.tolist() == [[[1, 2, 3], [4, 5, 6]]]


def test_a_png_that_names_two_sizes_is_damaged() -> None:
    second = chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 0, 0, 0, 0))
    with pytest.raises(InvalidImage, match="two sizes"):
        decode(png(2, 1, 8, 0, b"\0\1\2", second), LIMITS)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_the_first_frame_of_an_animation_is_taken(kind: str) -> None:
    first = Image.fromarray(np.full((8, 8), 200, np.uint8))
    others = [Image.fromarray(np.full((8, 8), level, np.uint8)) for level in (10, 90)]
    data = encode(first, kind, save_all=True, append_images=others)
    with Image.open(BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == 3
    assert np.abs(decode(data, LIMITS).pixels.astype(int) - 200).max() <= 2


def test_a_gif_whose_frame_reaches_over_its_screen_grows() -> None:
    data = bytearray(encode(GRADIENT, "GIF"))
    data[6:10] = struct.pack("<HH", 10, 10)
    picture = decode(bytes(data), LIMITS)
    assert (picture.width, picture.height) == (52, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "WEBP"])
@pytest.mark.parametrize(("width", "height"), [(1024, 768), (700, 1400), (1023, 51), (2000, 3)])
def test_a_working_side_gives_a_smaller_copy(kind: str, width: int, height: int) -> None:
    pixels = np.linspace(0, 255, width)[None, :].repeat(height, axis=0)
    picture = decode(encode(pixels, kind), LIMITS, working_side=256)
    assert 256 <= max(picture.pixels.shape[:2]) <= 512
    assert (picture.width, picture.height) == (width, height)
    grey = np.asarray(Image.fromarray(picture.pixels).convert("L"), dtype=float)
    assert np.abs(grey - np.linspace(0, 255, grey.shape[1])).mean() < 4


def test_a_small_picture_is_not_made_smaller() -> None:
    assert decode(FILES["jpeg"], LIMITS, working_side=256).pixels.shape == (40, 52, 3)


def test_no_bytes() -> None:
    with pytest.raises(InvalidInput, match="is empty"):
        decode(b"", LIMITS)


@pytest.mark.parametrize(
    "data",
    [b"x", b"BMW is a car", b"\x89PN", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"RIFF\0\0\0\0WAVEfmt ",
     b"II*\0\x08\0\0\0", b"\0\0\0\x18ftypheic", b"%PDF-1.7"],
)  # fmt: skip
def test_other_content_is_refused_by_naming_what_is_served(data: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="PNG, JPEG, GIF, BMP, WebP"):
        decode(data, LIMITS)


def test_too_many_bytes() -> None:
    with pytest.raises(PayloadTooLarge) as caught:
        probe(FILES["bmp RGB"], ImageLimits(max_bytes=1000))
    assert caught.value.details == {"limit": 1000, "actual": len(FILES["bmp RGB"])}


def test_a_20000_pixel_png_is_refused_with_its_own_numbers() -> None:
    bomb = png(20_000, 20_000, 8, 2, bytes(1000))
    with pytest.raises(PayloadTooLarge, match="20000 x 20000") as caught:
        decode(bomb, LIMITS)
    assert caught.value.details == {"limit": 8192, "actual": 20_000}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_too_many_pixels_in_each_format(kind: str) -> None:
    data = encode(GRADIENT, kind)
    with pytest.raises(PayloadTooLarge) as caught:
        decode(data, ImageLimits(max_pixels=2079))
    assert caught.value.details == {"limit": 2079, "actual": 2080}
    assert decode(data, ImageLimits(max_pixels=2080)).pixels.shape[:2] == (40, 52)
    with pytest.raises(PayloadTooLarge, match="on a side"):
        decode(data, ImageLimits(max_side=51))


def test_a_large_run_length_encoded_bmp_is_refused() -> None:
    data = bytearray(encode(np.zeros((600, 600)), "BMP"))
    data[30:34] = struct.pack("<I", 1)
    with pytest.raises(PayloadTooLarge, match="run-length"):
        decode(bytes(data), LIMITS)


def test_jpeg_scans_are_counted_in_the_picture_alone() -> None:
    data = FILES["jpeg progressive"]
    scans = probe(data, LIMITS).scans
    assert scans == data.count(b"\xff\xda") > 1
    # What a telephone appends (a film, say) holds FF DA by chance, and is no part of the picture.
    assert probe(data + b"\xff\xda" * 100, LIMITS).scans == scans
    with pytest.raises(PayloadTooLarge, match="JPEG scans") as caught:
        decode(data, ImageLimits(max_jpeg_scans=scans - 1))
    assert caught.value.details == {"limit": scans - 1, "actual": scans}


@pytest.mark.parametrize("name", [name for name in FILES if "animated" not in name])
def test_a_truncated_file_ends_too_early(name: str) -> None:
    # The lower half is missing; a BMP of 1 bit and a palette is nearly all head.
    with pytest.raises(InvalidImage, match="ends too early"):
        decode(FILES[name][: len(FILES[name]) * 2 // 3], LIMITS)


def test_a_damaged_file_is_not_called_truncated() -> None:
    data = bytearray(FILES["png RGB"])
    start = data.index(b"IDAT") + 4
    data[start + 20 : start + 60] = bytes(40)
    with pytest.raises(InvalidImage, match="is damaged"):
        decode(bytes(data), LIMITS)


@pytest.mark.parametrize("name", ["png L", "gif", "bmp L"])
def test_a_picture_without_pixels(name: str) -> None:
    data = bytearray(FILES[name])
    place = {"png L": slice(16, 20), "gif": slice(6, 8), "bmp L": slice(18, 22)}[name]
    data[place] = bytes(place.stop - place.start)
    if name == "gif":
        frame = data.index(b",")
        data[frame + 5 : frame + 7] = bytes(2)
    with pytest.raises(InvalidImage, match="no pixels"):
        probe(bytes(data), LIMITS)


def test_a_message_never_names_a_class_or_a_path() -> None:
    for data in (b"x", FILES["jpeg"][:300], FILES["gif"][:40], FILES["webp"][:60]):
        with pytest.raises(FeaturemapError) as caught:
            decode(data, LIMITS)
        assert not any(word in caught.value.message for word in ("PIL", "Error", "/", "object at", "<"))


def test_decode_takes_the_header_that_probe_gave() -> None:
    header = probe(FILES["jpeg rotated"], LIMITS)
    assert header.upright == (40, 52)
    assert np.array_equal(
        decode(FILES["jpeg rotated"], LIMITS, header=header).pixels, decode(FILES["jpeg rotated"], LIMITS).pixels
    )


def test_the_cost_of_decoding_follows_the_work() -> None:
    photo = np.random.default_rng(0).integers(0, 255, (768, 1024))
    whole = probe(encode(photo, "JPEG", quality=50), LIMITS)
    assert decode_cost(whole, 256) < decode_cost(whole)
    assert decode_cost(probe(encode(photo, "PNG"), LIMITS), 256) == 1024 * 768
    progressive = probe(encode(photo, "JPEG", quality=50, progressive=True), LIMITS)
    assert decode_cost(progressive, 256) > decode_cost(whole, 256)
    assert decode_cost(probe(encode(photo[:28, :28], "PNG"), LIMITS), 256) == 784


@pytest.mark.parametrize("size", sampled([(300, 200), (1000, 750), (2000, 900), (3264, 2448)], 2))
def test_a_smaller_copy_is_the_same_whatever_the_container(size: tuple[int, int]) -> None:
    y, x = np.mgrid[: size[1], : size[0]]
    pixels = (128 + 100 * np.sin(x / 40) * np.cos(y / 55)).astype(np.uint8)
    copies = [
        decode(encode(pixels, kind, **options), ImageLimits(), working_side=256).pixels
        for kind, options in (("PNG", {}), ("BMP", {}), ("JPEG", {"quality": 95}), ("WEBP", {"lossless": True}))
    ]
    for copy in copies[1:]:
        grey = copy if copy.ndim == 2 else copy[..., 0]
        assert grey.shape == copies[0].shape
        assert np.abs(grey.astype(int) - copies[0]).mean() < 2


@pytest.mark.parametrize("side", [20, 300])
def test_a_png_with_a_wrong_checksum_is_damaged(side: int) -> None:
    good = encode_png(np.random.default_rng(0).integers(0, 256, (side, side), np.uint8))
    for place in (17, 30, 41, 60, len(good) // 2, len(good) - 30, len(good) - 2):
        broken = bytearray(good)
        broken[place] ^= 1
        with pytest.raises((InvalidImage, PayloadTooLarge)):
            decode(bytes(broken), ImageLimits())
