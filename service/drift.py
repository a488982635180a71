"""What models answer, beside what they answered on their own test set: for alerts when the two part.

    answered: outcomes, classes, confidences, as they come    \\
                                                               >  the same labels on both, so that a query may subtract
    expects: their shares on the test set, from the package   /

A model's series begin at 0 with its first answer, all of them: a query that subtracts misses none, and models that
nobody asks cost a scrape nothing.
"""

from collections import Counter as Count
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.utils import floatToGoString

from service.tallies import Tallies

BINS = 15  # of equal width over 0..1, as the packages' own test has them
MOST_CLASSES = 100  # a series a class: of models with more no class is counted
_BOUNDS = tuple((i + 1) / BINS for i in range(BINS))
OUTCOMES = ("accepted", "empty", "no_object", "multiple", "unlike_training", "low_confidence")


@dataclass(frozen=True, slots=True)
class Shares:
    """What a version says of itself: the names of its classes, and shares 0..1 of its test set's answers by most
    probable class, by bin of confidence and by outcome. None: its package does not tell."""

    labels: Sequence[str]
    classes: Sequence[float] | None = None
    confidence: Sequence[float] | None = None
    outcomes: Mapping[str, float] | None = None


class DriftMetrics:
    """All but `expects` is called by the event loop's thread."""

    def __init__(self, registry: CollectorRegistry) -> None:
        version = ("model", "version")
        self._outcome = Counter(
            "featuremap_answers", "Pictures answered by predict: accepted, or why not.",
            (*version, "outcome"), registry=registry,
        )  # fmt: skip
        self._class = Counter(
            "featuremap_answer_class", "Objects by the class that the model found the most probable.",
            (*version, "class"), registry=registry,
        )  # fmt: skip
        self._confidence = Histogram(
            "featuremap_answer_confidence", "Calibrated probability of that class.",
            version, buckets=_BOUNDS, registry=registry,
        )  # fmt: skip
        self._expected = {
            label: Gauge(
                f"featuremap_expected_{name}_share", f"Share of the model's test set{what}.",
                (*version, label), multiprocess_mode="livemax", registry=registry,
            )
            for name, label, what in (
                ("answers", "outcome", " with this outcome"),
                ("answer_class", "class", " taken for this class"),
                ("answer_confidence", "le", " with a confidence of at most `le`"),
            )
        }  # fmt: skip
        self._shares: dict[tuple[str, str], Shares] = {}
        self._answering: set[tuple[str, str]] = set()
        self._outcomes: Count[tuple[str, str, str]] = Count()
        self._classes: Count[tuple[str, str, str]] = Count()
        self._confidences = Tallies(self._confidence)

    def expects(self, model: str, version: str, shares: Shares) -> None:
        """The version can answer, and says so of itself."""
        self._shares[model, version] = shares
        self._answering.discard((model, version))

    def answered(self, model: str, version: str, outcome: str, objects: Iterable[tuple[int, float]]) -> None:
        """A picture was answered; `objects` are most probable class and confidence of each that was found in it."""
        shares = self._shares.get((model, version))
        if shares is None:
            return  # it answers already, and will be heard of in a moment
        if (model, version) not in self._answering:
            self._begin(model, version, shares)
        self._outcomes[model, version, outcome] += 1
        for index, confidence in objects:
            self._confidences[model, version].observe(confidence)
            if len(shares.labels) <= MOST_CLASSES:
                self._classes[model, version, shares.labels[index]] += 1

    def flush(self) -> None:
        """Hands what was counted to the library."""
        for (model, version, outcome), count in self._outcomes.items():
            self._outcome.labels(model, version, outcome).inc(count)
        self._outcomes.clear()
        for (model, version, label), count in self._classes.items():
            self._class.labels(model, version, label).inc(count)
        self._classes.clear()
        for tally in self._confidences.values():
            tally.flush()

    def _begin(self, model: str, version: str, shares: Shares) -> None:
        """Every series of the version, from its first answer on."""
        self._answering.add((model, version))
        labels = shares.labels if len(shares.labels) <= MOST_CLASSES else ()
        for outcome in OUTCOMES:
            self._outcome.labels(model, version, outcome)
        self._confidences[model, version].flush()
        for label in labels:
            self._class.labels(model, version, label)
        if shares.outcomes is not None:
            self._tell(model, version, "outcome", ((name, shares.outcomes.get(name, 0.0)) for name in OUTCOMES))
        if shares.classes is not None:
            self._tell(model, version, "class", zip(labels, shares.classes, strict=False))
        if shares.confidence is not None:
            bounds = map(floatToGoString, _BOUNDS)
            self._tell(model, version, "le", zip(bounds, accumulate(shares.confidence), strict=True))

    def _tell(self, model: str, version: str, label: str, shares: Iterable[tuple[str, float]]) -> None:
        for value, share in shares:
            self._expected[label].labels(model, version, value).set(share)
