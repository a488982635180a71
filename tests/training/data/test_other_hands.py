"""Tables of digits of other hands: each form in which they come, checked, downloaded once."""

import gzip
import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.errors import DatasetError
from tests.paths import DATA
from training.data import other_hands
from training.data.other_hands import ORIGINS, Table, load_hands, load_table, read_table, table_digest


def sample(name: str) -> tuple[bytes, Table]:
    origin = ORIGINS[name]
    content = (DATA / "other_hands" / origin.packed).read_bytes()
    return content, read_table(content, origin.file, origin.values)


def as_uci(name: str, table: Table) -> bytes:
    """The rows as UCI's own file has them: padded and with commas; Semeion's as decimals and ten columns of classes."""
    if name != "semeion":
        return "".join(",".join(f"{value:3d}" for value in row) + "\n" for row in table.tolist()).encode()
    classes = np.eye(10, dtype=int)[table[:, -1]]
    rows = zip(table[:, :-1].tolist(), classes.tolist(), strict=True)
    return "".join(" ".join([*(f"{v:.4f}" for v in a), *map(str, b)]) + " \n" for a, b in rows).encode()


def zipped(file: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.names", b"words")
        archive.writestr(file, content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ORIGINS)
def test_every_form_of_a_set_gives_the_same_table(name: str) -> None:
    origin, (packed, table) = ORIGINS[name], sample(name)
    assert table.shape == (60, origin.values + 1)
    assert set(table[:, -1].tolist()) == set(range(10))
    plain = as_uci(name, table)
    for content in (plain, zipped(origin.file, plain), gzip.compress(plain, mtime=0), gzip.decompress(packed)):
        assert np.array_equal(read_table(content, origin.file, origin.values), table)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "numbers a row|no table"),
        (b"<html>not found</html>", "no table of numbers"),
        (b"1,2,3\n4,5,6\n", "3 numbers a row"),
        (b"1,2,3\n4,5\n", "no table of numbers"),
        (b",".join([b"1.5"] * 17) + b"\n", "not whole"),
        (b",".join([b"-1"] * 17) + b"\n", "not whole"),
        (b"\xff\xfe\x00", "no table of numbers"),
        (gzip.compress(b"1,2\n" * 99, mtime=0)[:-9], "is damaged"),
        (b"PK\x03\x04 no zip", "is damaged"),
        (zipped("another.file", b"1,2,3\n"), "without pendigits.tra"),
    ],
)
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_what_is_no_table_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(DatasetError, match=told):
        read_table(content, "pendigits.tra", 16)


@pytest.fixture(name="cache")
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and the samples' checksums in place of the real ones."""
    monkeypatch.delenv("FEATUREMAP_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name, origin in list(ORIGINS.items()):
        monkeypatch.setitem(other_hands.ORIGINS, name, replace(origin, sha256=table_digest(sample(name)[1])))
    return tmp_path


@pytest.mark.parametrize("name", ORIGINS)
def test_it_is_downloaded_once_and_from_the_second_address_where_the_first_is_away(cache: Path, name: str) -> None:
    origin, (_, table) = ORIGINS[name], sample(name)
    asked: list[str] = []

    def download(address: str) -> bytes:
        asked.append(address)
        if address == origin.addresses[0]:
            raise ConnectionError("no route")
        return as_uci(name, table)

    for _ in range(2):
        assert np.array_equal(load_table(name, None, download), table)
    assert asked == list(origin.addresses)
    assert cache in (cache / "featuremap" / "other_hands" / origin.packed).parents
    (cache / "featuremap" / "other_hands" / origin.packed).write_bytes(b"damaged")
    assert np.array_equal(load_table(name, None, download), table)
    assert len(asked) == 4


@pytest.mark.usefixtures("cache")
def test_another_table_is_refused_and_nothing_of_it_kept(tmp_path: Path) -> None:
    table = sample("pendigits")[1][::-1]
    with pytest.raises(DatasetError, match=r"does not match its checksum.*Put pendigits.tra into"):
        load_table("pendigits", None, lambda _: as_uci("pendigits", table))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_named_folder_is_read_and_never_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_download(_: str) -> bytes:
        raise AssertionError("it was to be read")

    monkeypatch.setenv("FEATUREMAP_DATA", str(DATA))
    assert {name: len(table) for name, table in load_hands(None, no_download).items()} == dict.fromkeys(ORIGINS, 60)
    with pytest.raises(DatasetError, match=r"holds neither pendigits_train.csv.gz nor pendigits.tra"):
        load_table("pendigits", cache, no_download)
    plain = cache / "other_hands" / "pendigits.tra"
    plain.parent.mkdir()
    plain.write_bytes(as_uci("pendigits", sample("pendigits")[1]))
    assert len(load_table("pendigits", cache, no_download)) == 60
    plain.write_bytes(b"1,2\n")
    with pytest.raises(DatasetError, match=r"pendigits.tra has 2 numbers a row; it should have 17"):
        load_table("pendigits", cache, no_download)


@pytest.mark.full_data
def test_the_full_tables() -> None:
    if not os.environ.get("FEATUREMAP_DATA"):
        pytest.skip("FEATUREMAP_DATA does not name the full data sets")
    shapes = {name: table.shape for name, table in load_hands().items()}
    assert shapes == {"pendigits": (7494, 17), "optdigits": (3823, 65), "semeion": (1593, 257)}
