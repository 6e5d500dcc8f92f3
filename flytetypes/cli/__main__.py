"""`python -m flytetypes.cli`: the same as `flytetypes`."""

from flytetypes.cli import main

main()
