"""The recipes of our own, for pictures as people upload them: from the first weights, on the data alone."""

from functools import partial

from training.fitting.recipe import Recipe
from training.networks.copies import Copy
from training.robust.calibration import calibrate
from training.robust.networks import residual
from training.robust.schedule import Ending, Refinement, Schedule, Share, always

# Beside the picture itself, chosen on what is held out of training: docs/real-pictures.md.
_DIGITS_COPIES, _CLOTHES_COPIES = (Copy(1.08),), (Copy(0.93, mirrored=True),)
_SCRAPS = always("scraps", 16)
_DIGITS_REFINED = (
    always("rendered", 24),
    always("hands", 16, doubtful=True),
    always("strokes", 16, doubtful=True),
    always("outliers", 28),
)
_DIGITS = Schedule(
    "digits",
    first=10,
    cycles=6,
    cycle=2,
    shares=(
        always("rendered", 24),
        always("hands", 16, doubtful=True),
        Share("strokes", 0, 16, doubtful=True),
        always("outliers", 20),
    ),
    stage=5,  # then the network may judge Pendigits
    late_strength=0.6,
    precision="bfloat16",
    refinements=(
        Refinement(
            first=24,
            cycles=4,
            rate=0.5,
            shares=_DIGITS_REFINED,
        ),
        Refinement(first=8, cycles=2, rate=0.5, shares=(*_DIGITS_REFINED, _SCRAPS), joined=True),
    ),
)
_SHOWN = always("rendered", 8), always("clothing", 64), always("views", 48)
_CLOTHES_REFINED = (*_SHOWN, always("worn", 32), always("outliers", 24))
_THINGS, _CLIPARTS = always("things", 32), always("cliparts", 32)
_CLOTHES = Schedule(
    "clothes",
    first=24,
    cycles=4,
    cycle=2,
    shares=(
        always("rendered", 16),
        Share("clothing", 112, 48),
        always("outliers", 16),
    ),
    stage=7.8545,
    late_strength=0.7,
    precision="bfloat16",
    ending=Ending(
        cycles=10,
        early=2,
        shares=(
            Share("rendered", 16, 8),
            Share("clothing", 32, 64),
            Share("views", 32, 48),
            always("worn", 32),
            always("outliers", 16),
        ),
    ),
    refinements=(
        Refinement(first=16, cycles=4, rate=0.5, shares=_CLOTHES_REFINED),
        Refinement(first=20, cycles=1, rate=0.5, shares=_CLOTHES_REFINED),
        Refinement(first=14, cycles=1, rate=0.5, shares=(*_CLOTHES_REFINED, _SCRAPS), joined=True),
        Refinement(first=14, cycles=4, rate=0.5, shares=(*_CLOTHES_REFINED, _SCRAPS, _THINGS)),
        Refinement(first=8, cycles=2, rate=0.5, shares=(*_CLOTHES_REFINED, _SCRAPS, _THINGS, _CLIPARTS)),
        Refinement(
            first=20,
            cycles=4,
            rate=0.5,
            shares=(
                *_SHOWN,
                always("worn", 24),
                always("outliers", 24),
                always("scraps", 12),
                always("things", 24),
                always("cliparts", 24),
            ),
            turned=0.1,
        ),
    ),
)

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="mnist_robust",
        title="Digits, the best",
        description="A residual network of 20 layers trained on digits of many hands, changed and photographed, and on "
        "pictures that are no digits: for real pictures. It answers with the mean over two sizes of a picture.",
        group="digits",
        dataset="mnist",
        build=partial(residual, copies=_DIGITS_COPIES),
        method=_DIGITS,
        batch_size=128,
        epochs=_DIGITS.epochs,
        validation="last_5000",
        learning_rate=0.1,
        needs=("others", "hands", "clothing"),
        calibrate=calibrate,
    ),
    Recipe(
        name="fashion_robust",
        title="Clothes, the best",
        description="A residual network of 20 layers trained on shops' and people's photographs of clothes, and on "
        "pictures of no clothes: for real pictures. It answers with the mean of a picture and a smaller mirror image.",
        group="clothes",
        dataset="fashion_mnist",
        build=partial(residual, copies=_CLOTHES_COPIES),
        method=_CLOTHES,
        batch_size=128,
        epochs=_CLOTHES.epochs,
        validation="last_5000",
        learning_rate=0.1,
        needs=("others", "clothing", "cliparts"),
        anywhere=True,
        calibrate=calibrate,
    ),
)
