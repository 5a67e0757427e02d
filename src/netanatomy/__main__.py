"""`python -m netanatomy` is the command `netanatomy`."""

import sys

from netanatomy.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
