"""How thorough the tests are: `VIGIE_TEST_LONG=1` asks for the long tables, and for hundreds of examples."""

import os

LONG = bool(os.environ.get("VIGIE_TEST_LONG"))
