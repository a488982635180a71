"""A script or a style sheet has one job, and is read in one go."""

from service.api.routes.pages import FOLDER

MOST_LINES = 300


def test_no_script_and_no_sheet_is_long() -> None:
    files = [path for kind in ("js", "css") for path in (FOLDER / kind).rglob(f"*.{kind}")]
    lengths = {path.relative_to(FOLDER).as_posix(): len(path.read_text().splitlines()) for path in files}
    assert len(lengths) > 100, "otherwise nothing was counted"
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}
