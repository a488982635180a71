"""Things that are cut out are put on every ground, and what is left out is not asked."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import cut_out_things


def test_each_ground_says_how_many_are_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "animals").mkdir()
    (tmp_path / "clothes").mkdir()
    y, x = np.mgrid[-1:1:90j, -1:1:60j]
    inside = np.hypot(x, y) < 0.9
    thing = np.dstack([np.full(inside.shape, 90)] * 3 + [255 * inside]).astype(np.uint8)
    for name in ("animals/egg.png", "animals/egg_mirror.png", "clothes/ball.png"):
        Image.fromarray(thing).save(tmp_path / name)
    monkeypatch.setattr("sys.argv", ["cut_out_things", str(tmp_path)])
    cut_out_things.main()
    first, *rows = capsys.readouterr().out.splitlines()
    assert ": 1 things" in first
    assert [row.split()[0] for row in rows] == [ground.__name__ for ground in cut_out_things.GROUNDS]
    assert all(re.search(r"accepted +(0\.0|100\.0)%", row) for row in rows)
