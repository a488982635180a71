"""What networks are made of: the container of named layers, the layers of our own, and their fast forms for the CPU."""
