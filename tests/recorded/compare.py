"""Two recordings to their differences, each at its place.

    lines before, lines after -> Difference at a JSON path -> less those that are expected -> a report

Exact by default, which suits two recordings of one machine. `tolerant` suits a recording of another one, where
floating point ends in other digits and compressors write other bytes: numbers may then differ by TOLERANCE, the
drawings of such numbers by GREYS in the mean of a cell, and files, also those that were sent, are not compared by
their bytes. Nor is what stands in the web client's own files. Integers, strings and structure are always exact.
"""

import fnmatch
import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.recorded.digest import PICTURE
from tests.recorded.recorder import Line

TOLERANCE = 1e-4  # absolute, and relative to numbers beyond 1
GREYS = 2  # of 255
_CALCULATED = (
    "/predict",
    "/feature-maps",
    "/filters/apply",
    "/occlusion",
)  # where pictures are drawn from what was calculated
_ASSETS = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml")
_WHOLE = ("text", "numbers", "file")  # digests of a whole, which say nothing more where one of its parts differs
_MISSING = "<missing>"


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in the answer to the request `name`, at a JSON path of its line."""

    name: str
    place: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Expected:
    """Differences that are wanted: patterns as of a shell for the request's name and the place, and why. `exact`: they
    show only where every byte is compared."""

    names: str
    reason: str
    places: str = "*"
    exact: bool = False

    def covers(self, difference: Difference) -> bool:
        # A bracket is meant as it stands: places are full of them.
        place, pattern = (text.replace("[", "(").replace("]", ")") for text in (difference.place, self.places))
        return fnmatch.fnmatchcase(difference.name, self.names) and fnmatch.fnmatchcase(place, pattern)


def read_expected(path: Path) -> list[Expected]:
    return [Expected(**entry) for entry in tomllib.loads(path.read_text()).get("expected", [])]


def compare(before: Iterable[Line], after: Iterable[Line], tolerant: bool = False) -> list[Difference]:
    """Every difference, in the order of the requests."""
    old, new = ({line["name"]: line for line in lines} for lines in (before, after))
    differences: list[Difference] = []
    for name in dict.fromkeys((*old, *new)):
        if name not in old or name not in new:
            differences.append(
                Difference(name, "$", *("recorded" if name in lines else _MISSING for lines in (old, new)))
            )
            continue
        one, other = (_tolerated(lines[name]) if tolerant else lines[name] for lines in (old, new))
        if one["sent"] != other["sent"]:  # another question: its answer says nothing
            one, other = {"sent": one["sent"]}, {"sent": other["sent"]}
        found = _Walk(tolerant, calculated=_is_calculated(old[name])).differences(one, other, "$")
        differences.extend(Difference(name, *each) for each in found)
    return differences


def split_expected(
    differences: Sequence[Difference], expected: Sequence[Expected]
) -> tuple[list[Difference], list[Expected]]:
    """The differences that nobody expects, and the expectations that no difference bears out."""
    unexpected = [each for each in differences if not any(entry.covers(each) for entry in expected)]
    idle = [entry for entry in expected if not any(entry.covers(each) for each in differences)]
    return unexpected, idle


def report(differences: Iterable[Difference], most: int | None = None) -> str:
    """The differences by place, whatever the index in a list, and what is the same of several requests once; of a
    place `most` changes, or all."""
    places: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in differences:
        place = re.sub(r"\[\d+\]", "[*]", each.place)
        places[place][_shown(each.before), _shown(each.after)].append(f"{each.name} {each.place}")
    lines = []
    for place, changes in places.items():
        lines.append(f"{place}  ({sum(map(len, changes.values()))} differences)")
        for (before, after), where in list(changes.items())[:most]:
            more = f"    and {len(where) - 3} more" if len(where) > 3 else ""
            lines += [*(f"    {each}" for each in where[:3]), *([more] if more else [])]
            lines += [f"        before: {before}", f"        after:  {after}"]
        if most is not None and len(changes) > most:
            lines.append(f"    and {len(changes) - most} other changes there")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 400 else text[:400] + " ..."


def _is_calculated(line: Line) -> bool:
    return str(line["path"]).partition("?")[0].endswith(_CALCULATED)


def _tolerated(line: Line) -> Line:
    """The line without what was sent, and without content and length of a file of the web client."""
    line = {**line, "sent": None}
    kind = line["headers"].get("content-type", "").partition(";")[0]
    if kind in _ASSETS and not line["path"].startswith("/api/"):
        line |= {"body": None, "headers": {**line["headers"], "content-length": None}}
    return line


@dataclass(frozen=True, slots=True)
class _Walk:
    """Through two values side by side; gives (place, before, after) of what differs."""

    tolerant: bool
    calculated: bool

    def differences(self, before: Any, after: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self._members(before, after, place)
        elif isinstance(before, list) and isinstance(after, list):
            if len(before) != len(after):
                yield f"{place}.length", len(before), len(after)
            for index, (old, new) in enumerate(zip(before, after, strict=False)):
                yield from self.differences(old, new, f"{place}[{index}]")
        elif not self._same(before, after):
            yield place, before, after

    def _members(
        self, before: Mapping[str, Any], after: Mapping[str, Any], place: str
    ) -> Iterator[tuple[str, Any, Any]]:
        if self.tolerant and before.keys() == after.keys() == PICTURE:
            yield from self._drawing(before, after, place)
            return
        left_out = self._left_out(before)
        found = False
        for name in dict.fromkeys((*before, *after)):
            if name in left_out or (found and name in _WHOLE):
                continue
            for each in self.differences(before.get(name, _MISSING), after.get(name, _MISSING), f"{place}.{name}"):
                found = True
                yield each
        if not found and list(before) != list(after):
            yield f"{place}.order", list(before), list(after)

    def _left_out(self, before: Mapping[str, Any]) -> tuple[str, ...]:
        """Digests of a whole whose parts are compared."""
        if not self.tolerant:
            return ()
        if "json" in before:
            return ("text",)
        return ("numbers",) if before.get("whole") is False else ()

    def _drawing(
        self, before: Mapping[str, Any], after: Mapping[str, Any], place: str
    ) -> Iterator[tuple[str, Any, Any]]:
        """Two pictures. A PNG that nothing was calculated for has the same pixels everywhere."""
        exact = before["format"] == "PNG" and not self.calculated
        for name in ("format", "size", "mode", *(("pixels",) if exact else ())):
            if before[name] != after[name]:
                yield f"{place}.{name}", before[name], after[name]
        cells = zip(before["grid"], after["grid"], strict=False)
        if any(abs(old - new) > GREYS for old, new in cells):
            yield f"{place}.grid", before["grid"], after["grid"]

    def _same(self, before: Any, after: Any) -> bool:
        kinds = {type(before), type(after)}
        if self.tolerant and float in kinds and kinds <= {int, float}:
            return math.isclose(before, after, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        return len(kinds) == 1 and bool(before == after)
