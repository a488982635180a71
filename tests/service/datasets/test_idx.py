"""The IDX reader on real files and on every way a file can be malformed."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from service.datasets import LABELS, read_pair, read_test_set
from service.datasets.idx import decompress, parse_idx, read_idx
from service.errors import DatasetError, NotFound

GOOD = struct.pack(">BBBBII", 0, 0, 8, 2, 2, 3) + bytes(range(6))


def write_gzip(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def test_reads_a_matrix(tmp_path: Path) -> None:
    array = read_idx(write_gzip(tmp_path / "good.gz", GOOD))
    assert array.dtype == np.uint8
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "does not begin with two zero bytes"),
        (b"\x89PNG\r\n", "does not begin with two zero bytes"),
        (GOOD[:2] + b"\x0d" + GOOD[3:], "IDX type 0x0d"),
        (GOOD[:3] + b"\0", "0 dimensions"),
        (GOOD[:7], "ends within its header of 2 dimensions"),
        (GOOD[:-1], "holds 5 values; its header says 2 x 3"),
        (GOOD + b"!", "holds 7 values; its header says 2 x 3"),
        (struct.pack(">BBBBIII", 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1), "holds 0 values"),
    ],
)
def test_refuses_malformed_content_by_name(content: bytes, says: str) -> None:
    with pytest.raises(DatasetError, match=says) as caught:
        parse_idx(content, "train-images.gz")
    assert str(caught.value).startswith("train-images.gz ")


def test_refuses_a_truncated_gzip_file(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(GOOD * 1000)[:-20])
    with pytest.raises(DatasetError, match=r"cut\.gz ends too early"):
        read_idx(path)


def test_refuses_an_altered_gzip_file(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(np.random.default_rng(0).bytes(5000)))
    packed[2000] ^= 0xFF
    (tmp_path / "altered.gz").write_bytes(packed)
    with pytest.raises(DatasetError, match=r"altered\.gz is no intact gzip file"):
        read_idx(tmp_path / "altered.gz")


def test_refuses_what_is_no_gzip_file_or_missing(tmp_path: Path) -> None:
    (tmp_path / "raw.gz").write_bytes(GOOD)
    with pytest.raises(DatasetError, match=r"raw\.gz is no intact gzip file"):
        read_idx(tmp_path / "raw.gz")
    with pytest.raises(DatasetError, match=r"gone\.gz is missing"):
        read_idx(tmp_path / "gone.gz")


def test_a_gzip_bomb_is_not_unpacked_whole(tmp_path: Path) -> None:
    packed = gzip.compress(bytes(1 << 20)) * 300
    (tmp_path / "bomb.gz").write_bytes(packed)
    with pytest.raises(DatasetError, match="unpacks to more than"):
        decompress(tmp_path / "bomb.gz", "bomb.gz")


def test_images_and_labels_must_go_together(tmp_path: Path) -> None:
    write_gzip(tmp_path / "t10k-images-idx3-ubyte.gz", struct.pack(">BBBBIII", 0, 0, 8, 3, 1, 2, 2) + bytes(4))
    write_gzip(tmp_path / "t10k-labels-idx1-ubyte.gz", struct.pack(">BBBBI", 0, 0, 8, 1, 2) + bytes(2))
    with pytest.raises(DatasetError, match="do not go with labels"):
        read_pair(tmp_path, "t10k")


@pytest.mark.parametrize("dataset", LABELS)
def test_the_test_sets_ship_with_the_service(dataset: str) -> None:
    images, labels = read_test_set(dataset)
    assert images.shape == (10_000, 28, 28)
    assert sorted(set(labels.tolist())) == list(range(10))
    assert len(LABELS[dataset]) == 10


def test_another_name_is_not_found() -> None:
    with pytest.raises(NotFound, match="mnist, fashion_mnist"):
        read_test_set("../secrets")
