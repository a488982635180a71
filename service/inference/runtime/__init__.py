"""What runs: sessions, batches, statistics, and how many CPUs there are. Knows no package."""
