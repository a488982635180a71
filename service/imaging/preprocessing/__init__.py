"""A picture to what a model sees: the recipes, and how they find paper, background, objects and several digits."""
