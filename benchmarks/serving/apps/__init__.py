"""What the peers run, each as its own documentation writes it. No module here knows the project."""
