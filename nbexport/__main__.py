"""`python -m nbexport`."""

import sys

from nbexport.shell.cli import main

if __name__ == "__main__":
    sys.exit(main())
