"""Reports counted: by true and predicted class, by day.

connection, Choice -> SQL's own groups -> Counts
"""

import sqlite3

from service.feedback.reports import NONE, Choice, Counts, Day

_DAY = "date(at, 'unixepoch')"  # UTC


def count(connection: sqlite3.Connection, choice: Choice, classes: int) -> Counts:
    """The chosen reports of a model with so many classes."""
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
    figures = (
        f"SELECT AVG(confidence) FILTER (WHERE wrong), AVG(brightness), SUM(NOT accepted) FROM reports WHERE {where}"
    )
    confidence, brightness, refused = connection.execute(figures, values).fetchone()
    return Counts(matrix, none, others, wrong, refused or 0, _days(connection, where, values), confidence, brightness)


def _days(connection: sqlite3.Connection, where: str, values: list[object]) -> list[Day]:
    """The newest first."""
    days: dict[str, Day] = {}
    groups = (
        f"SELECT {_DAY} AS day, truth_label, COUNT(*), SUM(wrong) FROM reports WHERE {where} "
        "GROUP BY day, truth, truth_label ORDER BY day DESC, truth"
    )
    for name, label, number, wrong in connection.execute(groups, values):
        day = days.setdefault(name, Day(name))
        day.total += number
        day.wrong += wrong
        day.classes[NONE if label is None else label] = number
    return list(days.values())
