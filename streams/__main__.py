"""`python -m streams` is `vigie`."""

from streams.cli import main

main()
