"""``make golden``: update the golden files.

Refuses to store a changed output under the same version, except with ``--force`` (``make golden FORCE=1``): for an
output in which only names changed, before anything was stored under the old ones.
"""

from __future__ import annotations

import sys

from tests.golden.compare import find_faults, write_all

if __name__ == "__main__":
    faults = [] if "--force" in sys.argv else [fault for fault in find_faults() if not fault.is_stale]
    if faults:
        sys.exit("\n".join(str(fault) for fault in faults))
    print("\n".join(str(path) for path in write_all()) or "The golden files are up to date.")
