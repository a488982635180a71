"""The address of the page's files changes with them, and with nothing else."""

import re
import shutil
from pathlib import Path

import pytest

from service.api.routes.pages import FOLDER
from service.page.assets import AssetFolder, made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "web", ignore=shutil.ignore_patterns("swagger-ui")))


def test_the_address_changes_with_any_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.page.assets._LOOK_EVERY_S", 0.0)
    assets = AssetFolder(folder)
    first = assets.current()
    assert first == made(FOLDER)._replace(version=first.version, pages=first.pages)
    assert assets.current() is first
    for path in ("css/base.css", "js/dom.js", "icons.svg", "index.html"):
        before = assets.current().version
        (folder / path).write_text((folder / path).read_text() + "\n")
        assert assets.last().version == before, "a page that stands goes on to name what it named"
        assert assets.current().version != before, path


def test_the_same_files_have_the_same_address_anywhere(folder: Path) -> None:
    """Several services behind one address agree."""
    other = folder.parent / "elsewhere"
    shutil.copytree(folder, other)
    assert made(folder) == made(other)


def test_the_pages_name_nothing_of_theirs_at_a_plain_address() -> None:
    assets = made(FOLDER)
    for name, page in assets.pages.items():
        named = re.findall(r'\b(?:href|src)="([^"#]+)[#"]', page.decode())
        own = [address for address in named if re.search(r"\.(js|css|svg)$", address)]
        assert len(own) >= 5, name
        for address in own:
            assert address.startswith(assets.prefix), address
            path = address.removeprefix(assets.prefix)
            assert path in assets.files or (FOLDER / path).is_file()


def test_a_change_is_looked_for_once_in_a_while(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.page.assets._LOOK_EVERY_S", 60.0)
    assets = AssetFolder(folder)
    first = assets.current()
    (folder / "css/base.css").write_text("")
    assert assets.current() is first
