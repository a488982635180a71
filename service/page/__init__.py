"""The page as it is sent: its scripts joined, its files under an address that changes with them."""
