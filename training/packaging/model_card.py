"""The model card of a package: what it is for, what it was made of and by whose leave, how good it is, where it ends.

recipe, model.json, metrics.json -> MODEL_CARD.md, in a new package or added to a published one

After M. Mitchell et al., "Model cards for model reporting" (2019).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from service.inference.package.manifest import Manifest, read_manifest
from training import files
from training.data import cliparts, clothing
from training.data.other_hands import ORIGINS
from training.fitting.recipe import Recipe
from training.packaging.packages import read_json, relist

FILE = "MODEL_CARD.md"


class Source(NamedTuple):
    """A data set that a network has seen."""

    name: str
    what: str
    licence: str
    citation: str


_MNIST = Source(
    "MNIST",
    "digits of about 250 writers, 60,000 to train and 10,000 to test; American census workers and pupils, 1990s",
    "CC BY-SA 3.0",
    "Y. LeCun, C. Cortes, C. Burges (1998): The MNIST database of handwritten digits",
)
_FASHION = Source(
    "Fashion-MNIST",
    "shop pictures of one European dealer on white, 28 x 28 grey, 60,000 to train and 10,000 to test",
    "MIT",
    "H. Xiao, K. Rasul, R. Vollgraf (2017): Fashion-MNIST, arXiv:1708.07747",
)
_SETS = {"mnist": _MNIST, "fashion_mnist": _FASHION}
_LIMITS = {
    "digits": "It knows single digits of Latin script as people write and print them, and reads a row digit by digit. "
    "It does not know letters, signs, other scripts, or where in a picture a number matters.",
    "odd_or_even": "It knows single digits and says but whether they are odd. It has no class for what is no digit.",
    "clothes": "It knows ten kinds of clothes of one shop. What is none of them (hats, shorts, skirts, glasses), what "
    "is worn, folded or cut off, and kinds that look alike (shirt, pullover, coat, T-shirt) are where it fails.",
}
_RAW_LIMIT = (
    "It was trained on the data set's own pictures alone: photographs, other pens and other hands are strange to it, "
    "and what is none of its classes gets one of them. The networks named `robust` are for those."
)


def add_card(folder: Path, recipe: Recipe) -> Path:
    """Writes the card of the version in `folder`, whose model.json and metrics.json are there; model.json then lists
    it. Gives its path. Raises OSError."""
    manifest, scores = read_manifest(folder), read_json(folder / "metrics.json")
    files.write_text(folder / FILE, "\n".join(_lines(recipe, manifest, scores)) + "\n")
    relist(folder, FILE)
    return folder / FILE


def sources(recipe: Recipe) -> list[Source]:
    """All data that the recipe's networks are trained on, or learn to be unsure of."""
    found = [_SETS[recipe.dataset]]
    if "others" in recipe.needs:
        found += [one for name, one in _SETS.items() if name != recipe.dataset]
    if "hands" in recipe.needs:
        found += [Source(n, "digits of other hands", o.licence, o.citation) for n, o in ORIGINS.items()]
    if "clothing" in recipe.needs:
        if recipe.dataset == "mnist":
            what = "scraps of people's photographs of clothes and rooms, in which there is no digit"
        else:
            what = "people's photographs of their own clothes, eighths of each class held out for choices"
        found.append(Source(clothing.NAME, what, clothing.LICENCE, clothing.CITATION))
    if "cliparts" in recipe.needs:
        what = "drawings of things that are no clothes, eighths held out for choices"
        found.append(Source(cliparts.NAME, what, cliparts.LICENCE, cliparts.CITATION))
    return found


def _lines(recipe: Recipe, manifest: Manifest, scores: dict[str, Any]) -> Iterator[str]:
    spec, mean, seeds = manifest.preprocessing, scores["seeds"]["mean"], scores["seeds"]["n"]
    yield f"# {manifest.title} (`{manifest.name}`)\n\n{manifest.description}\n"
    yield f"- Task: one of {len(manifest.labels)} classes: {', '.join(manifest.labels)}."
    seen = "; on an uneven ground two of them, the mean is the answer" if spec.whole_view else ""
    shape = f"[n, {spec.channels}, {spec.height}, {spec.width}]"
    yield f"- Input: float32 {shape}, 0..1, prepared by `{spec.recipe}`{seen}."
    yield f"- Weights: {manifest.parameters:,}, trained by `python -m training publish {recipe.name}`."
    yield "- Licence: that of this project, for the weights; those of the data are below.\n"
    yield "## Data\n\n| set | what | licence | citation |\n|---|---|---|---|"
    for source in sources(recipe):
        yield f"| {source.name} | {source.what} | {source.licence} | {source.citation} |"
    yield "\nNo picture that was sent to a service has been used.\n\n## How good it is\n"
    sd = scores["seeds"]["sd"]["test_accuracy"]
    spread = (
        "one seed"
        if sd is None
        else (f"mean of {seeds} seeds {mean['test_accuracy']:.4f}, standard deviation {sd:.4f}")
    )
    yield f"- Test set, {scores['n']:,} pictures: {scores['test_accuracy']:.4f} right; {spread}."
    worst = min(scores["per_class"], key=lambda row: row["recall"])
    yield f"- The class that it misses most is {worst['label']}: {1 - worst['recall']:.1%} of them."
    yield from _confidence(scores, manifest)
    yield f"\n## Where it ends\n\n{_LIMITS[recipe.group]}"
    if not recipe.needs:
        yield f"\n{_RAW_LIMIT}"
    yield "\nIt is for teaching and for reading what people send on purpose. It is no ground to judge a person by."


def _confidence(scores: dict[str, Any], manifest: Manifest) -> Iterator[str]:
    figures = scores.get("calibration", {})
    if "rendered" in figures:
        own, rendered = scores["calibration_error"], figures["rendered"]["calibration_error"]
        yield (
            f"- Confidence: calibrated at temperature {manifest.temperature:g}; off by {own:.3f} on the test set, by "
            + (f"{rendered:.3f} on pictures like those it was fitted on.")
        )
        if told := figures.get("photographs"):
            yield (
                f"- Held-out photographs of people's own, {told['pictures']}, on views of which the threshold was "
                f"fitted: {told['accuracy']:.1%} right; {told['right_and_accepted']:.1%} right and accepted, "
                f"{told['wrong_and_accepted']:.1%} wrong and accepted."
            )
        if told := figures.get("strangers"):
            yield (
                f"- Pictures of none of its classes, rendered, {told['pictures']:,}, on files among which the "
                f"threshold was fitted: {told['refused']:.1%} refused."
            )
    elif figures:
        before, after = figures["calibration_error_before"], figures["calibration_error_held_out"]
        yield f"- Confidence: the network's own, off by {before:.3f} on the test set; at temperature " + (
            f"{figures['temperature']:g} it would be off by {after:.3f}."
        )
