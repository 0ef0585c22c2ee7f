"""`python -m nk521lib.cli` is the command `nk521`."""

from nk521lib.cli import main

main()
