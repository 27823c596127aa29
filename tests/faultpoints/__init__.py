"""Every fault at every fault point, on the program that ships: see README.md."""
