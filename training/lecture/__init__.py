"""The lecture's half: its networks and recipes, the studies that compare them, its optimisers."""
