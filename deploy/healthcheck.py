"""healthcheck.py URL: exits 0 when it answers 200. For containers, which have no curl."""

import sys
from urllib.request import Request, urlopen

# Asked by the name of a container, which is no allowed host; localhost is one.
with urlopen(Request(sys.argv[1], headers={"Host": "localhost"}), timeout=5) as answer:  # noqa: S310
    print(answer.read().decode())
