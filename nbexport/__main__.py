"""`python -m nbexport`."""

import sys

from nbexport.cli import main

if __name__ == "__main__":
    sys.exit(main())
