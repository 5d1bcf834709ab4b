"""`python -m regen`."""

import sys

from regen.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
