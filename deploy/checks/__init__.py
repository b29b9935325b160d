"""What a machine can check about this repository: run them all with `make check`."""
