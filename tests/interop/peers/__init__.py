"""The real servers that the suite runs against, each behind a small class that starts, hurts and stops it."""
