"""The recipes by name. A recipe's name is its model's name."""

from pathlib import Path

from service.errors import ConfigurationError
from training.fitting.recipe import Recipe
from training.lecture.recipes import RECIPES as LECTURE
from training.own import SPEC, read_spec
from training.robust.recipes import RECIPES as ROBUST

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (*ROBUST, *LECTURE)}


def find_recipe(name: str, runs: Path | None = None) -> Recipe:
    """The recipe of this name, one's own among them where `runs` has its description. Raises ConfigurationError that
    lists the known ones."""
    if name in RECIPES:
        return RECIPES[name]
    if runs is not None and (runs / name / SPEC).is_file():
        return read_spec(runs / name / SPEC)
    own = sorted(path.parent.name for path in runs.glob(f"*/{SPEC}")) if runs is not None else []
    raise ConfigurationError(f"There is no recipe {name!r}. The recipes are: {', '.join([*RECIPES, *own])}.")
