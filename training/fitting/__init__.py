"""What every training shares: the recipe's type, a run, its checkpoint, the loop. Knows no recipe by name."""
