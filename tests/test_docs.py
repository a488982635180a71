"""The documentation tells the truth where a test can know it: settings, links."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from service.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def row(name: str, field: FieldInfo) -> str:
    """The line of docs/settings.md that describes this setting."""
    default = f"`{field.default}`" if str(field.default) else "none"
    return f"| `{PREFIX}{name.upper()}` | {default} | {bounds(field)} | {field.description} |"


def bounds(field: FieldInfo) -> str:
    if field.annotation is bool:
        return "`true`, `false`"
    if choices := get_args(field.annotation):
        return ", ".join(f"`{choice}`" for choice in choices)
    limits = {key: value for part in field.metadata for key, value in _limits(part).items()}
    if "ge" in limits and "le" in limits:
        return f"{limits['ge']:,} to {limits['le']:,}"
    return "text" if field.annotation in (str, SecretStr) else "a folder"


def _limits(part: Any) -> dict[str, int]:
    return {key: getattr(part, key) for key in ("ge", "le") if hasattr(part, key)}


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_each_setting_stands_in_the_documentation(name: str) -> None:
    lines = (ROOT / "docs" / "settings.md").read_text().splitlines()
    assert row(name, Settings.model_fields[name]) in lines


def test_no_other_setting_stands_there() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{PREFIX}DATA"}
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", text)) <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    pages = {str(path.relative_to(ROOT / "docs")) for path in PAGES if path.is_relative_to(ROOT / "docs")}
    assert {page for page in pages if f"]({page})" not in index} == {"index.md"}
