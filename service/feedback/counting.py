"""Reports counted: by true and predicted class, by day.

connection, Choice -> SQL's own groups -> Counts
"""

import sqlite3
from datetime import UTC, datetime

from service.feedback.database import DAY
from service.feedback.reports import NONE, Choice, Classes, Counts, Day

_DAY_S = 86_400


def count_classes(connection: sqlite3.Connection, choice: Choice, classes: int) -> Classes:
    """The chosen reports of a model with so many classes, by true and predicted class: what an index alone tells."""
    where, values = choice.condition()
    matrix, none = [[0] * classes for _ in range(classes)], [0] * classes
    wrong = others = 0
    pairs = f"SELECT wrong, truth, said, COUNT(*) FROM reports WHERE {where} GROUP BY wrong, truth, said"
    for is_wrong, truth, said, number in connection.execute(pairs, values):
        wrong += number * is_wrong
        if truth is not None:
            matrix[truth][said] += number
            continue
        others += number
        none[said] += number * is_wrong
    return Classes(matrix, none, others, wrong)


def count(connection: sqlite3.Connection, choice: Choice, classes: int) -> Counts:
    """The same with all else that is counted of them."""
    where, values = choice.condition()
    figures = (
        f"SELECT AVG(confidence) FILTER (WHERE wrong), AVG(brightness), SUM(NOT accepted) FROM reports WHERE {where}"
    )
    confidence, brightness, refused = connection.execute(figures, values).fetchone()
    counted = count_classes(connection, choice, classes)
    return Counts(counted, refused or 0, _days(connection, where, values), confidence, brightness)


def _days(connection: sqlite3.Connection, where: str, values: list[object]) -> list[Day]:
    """Those of UTC, the newest first."""
    days: dict[int, Day] = {}
    groups = (
        f"SELECT {DAY} AS day, truth_label, COUNT(*), SUM(wrong) FROM reports WHERE {where} "
        "GROUP BY day, truth, truth_label ORDER BY day DESC, truth"
    )
    for number, label, count, wrong in connection.execute(groups, values):
        name = datetime.fromtimestamp(number * _DAY_S, UTC).date().isoformat()
        day = days.setdefault(number, Day(name))
        day.total += count
        day.wrong += wrong
        day.classes[NONE if label is None else label] = count
    return list(days.values())
