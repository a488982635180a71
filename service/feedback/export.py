"""The reports of a model as a folder of labelled pictures, which `evaluate` and training read.

Store -> folder/<label>/<id>.png, and folder/.none/<id>.png for what is none of the classes, which both pass over
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from service.errors import ConfigurationError, NotFound
from service.feedback.reports import Report
from service.feedback.store import Store

NONE_FOLDER = ".none"


def export(store: Store, model: str, folder: Path, wrong_alone: bool = False) -> Counter[str]:
    """Writes them; gives how many pictures are in each sub-folder. Raises ConfigurationError where there is no such
    report, or the folder holds something already: pictures of reports that were deleted since would stay in it."""
    reports = [report for report in store.every([model]) if report.wrong or not wrong_alone]
    if not reports:
        raise ConfigurationError(f"there are no {'wrong ' if wrong_alone else ''}reports of {model!r}")
    names = _folder_names(reports)
    written: Counter[str] = Counter()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConfigurationError(f"{folder} holds something already: name a folder that is new or empty")
        for report in reports:
            name = names[report.truth, report.truth_label]
            try:
                content = store.picture(model, report.id)
            except NotFound:  # deleted meanwhile
                continue
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / f"{report.id}.png").write_bytes(content)
            written[name] += 1
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written: {error.strerror}") from None
    return written


def _folder_names(reports: Iterable[Report]) -> dict[tuple[int | None, str | None], str]:
    """A folder for each class: its label, with an underscore for what no file system has in a name; its index where
    that is no name, or another class has it too."""
    classes = sorted({(report.truth, report.truth_label) for report in reports}, key=str)
    names = {each: re.sub(r"[^\w.+ ()-]", "_", each[1] or NONE_FOLDER).strip() for each in classes}
    count = Counter(name.casefold() for name in names.values())
    plain = {each: name for each, name in names.items() if name[:1] not in ("", ".") and count[name.casefold()] == 1}
    return {each: NONE_FOLDER if each[1] is None else plain.get(each, str(each[0])) for each in classes}
