"""`python -m tests.support.made_up_service …`: `muster …` in the made-up language."""

import sys

from tests.support.made_up_language import speak_made_up

if __name__ == "__main__":
    speak_made_up()
    from console.cli import main

    sys.exit(main())
