"""One reader a format, all run in the child process only: bytes in, sheets as plain data out (see `child.py`)."""
