"""Run one command and print its cost as JSON; the command's standard output is discarded.

    python -S measure_command.py COMMAND ...

A small process in between is necessary, because a child's peak memory starts with the memory of the process that
started it. Uses the standard library only.
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    cost = {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024}
    print(json.dumps(cost | {"status": os.waitstatus_to_exitcode(status)}))


if __name__ == "__main__":
    main()
