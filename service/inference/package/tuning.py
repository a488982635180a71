"""Two numbers of a config.pbtxt written anew, all else of it left as it is: fields, comments, order.

text + Tuning -> the numbers' places -> new text, read again -> a temporary name -> renamed over config.pbtxt
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from service.errors import PackageError
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.config_values import integers, message
from service.inference.package.files import read_text
from service.inference.package.layout import CONFIG_NAME
from service.inference.package.text_format import Fields, Word, parse_text_format

_Change = tuple[int, int, str]  # from, to, what stands there then


class Tuning(NamedTuple):
    """`max_batch` in images; `instances` that run at a time: worker processes here, instances in Triton."""

    max_batch: int
    instances: int


def tune(package: Path, tuning: Tuning) -> None:
    """Writes the numbers into the package's config.pbtxt. Raises PackageError, and the file is as it was."""
    file = package / CONFIG_NAME
    text = tuned(read_text(file), tuning)
    try:
        with tempfile.NamedTemporaryFile("wb", dir=package, prefix=f".{CONFIG_NAME}.", delete=False) as new:
            temporary = Path(new.name)
            new.write(text.encode())
            new.flush()
            os.fsync(new.fileno())
        temporary.chmod(file.stat().st_mode)
        temporary.replace(file)
    except OSError as error:
        raise PackageError(f"{CONFIG_NAME} cannot be written: {error.strerror}") from None


def tuned(text: str, tuning: Tuning) -> str:
    """The configuration with this `max_batch_size`, and this `count` in its one instance group.

    Raises PackageError where it cannot be read, or has several groups or one without a count.
    """
    before = ModelConfig.parse(text)
    if 0 < tuning.max_batch < (least := least_cap(text)):
        raise PackageError(f"{CONFIG_NAME}: max_batch_size must be at least {least}, which it names elsewhere")
    fields = parse_text_format(text)
    changes = [_number(fields, "max_batch_size", tuning.max_batch, text), _instances(fields, tuning.instances, text)]
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    after = ModelConfig.parse(text)  # whose notes may tell that a count is not followed
    if replace(after, notes=()) != replace(before, max_batch_size=tuning.max_batch, notes=()):
        raise PackageError(f"{CONFIG_NAME} would not be the same but for these numbers")
    return text


def least_cap(text: str) -> int:
    """The largest batch that the configuration names, in model_warmup or preferred_batch_size; at least 1. Below that
    a package would be refused, by us or by Triton. Raises PackageError where it cannot be read."""
    preferred = integers(message(parse_text_format(text), "dynamic_batching"), "preferred_batch_size", 0)
    return max([1, *preferred, *(warmup.batch_size for warmup in ModelConfig.parse(text).warmup)])


def _instances(fields: Fields, count: int, text: str) -> _Change:
    groups = fields.get("instance_group", [])
    if not groups:
        return _appended(f"instance_group [ {{ count: {count} }} ]", text)
    if len(groups) > 1 or not isinstance(groups[0], dict) or "count" not in groups[0]:
        raise PackageError(f"{CONFIG_NAME}: only one instance_group, which has a count, can be tuned")
    return _number(groups[0], "count", count, text)


def _number(fields: Fields, name: str, number: int, text: str) -> _Change:
    values: list[Any] = fields.get(name, [])
    if not values:
        return _appended(f"{name}: {number}", text)
    if len(values) > 1 or not isinstance(values[0], Word):
        raise PackageError(f"{CONFIG_NAME}: {name} must stand there once, as a number")
    return (*values[0].span, str(number))


def _appended(line: str, text: str) -> _Change:
    end = len(text)
    return end, end, line + "\n" if text.endswith("\n") or not text else f"\n{line}\n"
