"""Things that are cut out are put on every ground, and what is left out is not asked."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import cut_out_things


@pytest.mark.parametrize(("reason", "share"), [(None, "100.0%"), ("low_confidence", "0.0%")])
def test_each_ground_says_how_many_are_accepted(
    reason: str | None,
    share: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    things = tmp_path / "of clothes"  # the folder's own name leaves nothing out
    (things / "animals").mkdir(parents=True)
    (things / "clothes").mkdir()
    y, x = np.mgrid[-1:1:90j, -1:1:60j]
    inside = np.hypot(x, y) < 0.9
    thing = np.dstack([np.full(inside.shape, 90)] * 3 + [255 * inside]).astype(np.uint8)
    for name in ("animals/egg.png", "animals/egg_mirror.png", "clothes/ball.png"):
        Image.fromarray(thing).save(things / name)
    monkeypatch.setattr("sys.argv", ["cut_out_things", str(things)])
    monkeypatch.setattr(cut_out_things, "judge", lambda *_: reason)
    cut_out_things.main()
    first, *rows = capsys.readouterr().out.splitlines()
    assert ": 1 things" in first
    assert [row.split()[0] for row in rows] == [ground.__name__ for ground in cut_out_things.GROUNDS]
    assert [row.split()[2] for row in rows] == [share] * len(rows)


def test_a_folder_without_things_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cut_out_things", str(tmp_path)])
    with pytest.raises(SystemExit):
        cut_out_things.main()
    assert "holds no PNG files" in capsys.readouterr().err
