"""Model packages on disk, their sessions, batches and predictions. Knows no HTTP."""
