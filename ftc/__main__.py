"""``python -m ftc`` and the console script ``ftc``."""

import sys

from ftc.cli import main

if __name__ == "__main__":
    sys.exit(main())
