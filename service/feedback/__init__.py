"""Pictures that people reported with their right label: what is kept of them, for how long, and what they tell."""
