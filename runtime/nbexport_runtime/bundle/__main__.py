"""`python -m nbexport_runtime.bundle FOLDER` checks a bundle."""

import sys

from nbexport_runtime.bundle import main

sys.exit(main(sys.argv[1:]))
