"""`python -m flytetypes`: the same as `flytetypes`."""

from flytetypes.cli import main

main()
