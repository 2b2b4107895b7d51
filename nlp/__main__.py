"""`python -m nlp transcribe|names|topics|agreement …`"""

import sys

from nlp.cli import main

if __name__ == "__main__":
    sys.exit(main())
