"""The recipes by name. A recipe's name is its model's name."""

from service.errors import ConfigurationError
from training.fitting.recipe import Recipe
from training.lecture.recipes import RECIPES as LECTURE
from training.robust.recipes import RECIPES as ROBUST

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (*ROBUST, *LECTURE)}


def find_recipe(name: str) -> Recipe:
    """The recipe of this name; raises ConfigurationError that lists the known ones."""
    if name not in RECIPES:
        raise ConfigurationError(f"There is no recipe {name!r}. The recipes are: {', '.join(RECIPES)}.")
    return RECIPES[name]
