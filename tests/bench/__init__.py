"""The end-to-end bench: see README.md."""
