"""Exit status 1, and a list, where a process still runs that was started in a data folder: the first argument."""

import sys

import psutil

folder = sys.argv[1]
found = []
for process in psutil.process_iter():
    try:
        # Below this script are only those that asked for it: the shell has the folder in its environment too.
        if process.pid not in {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())} and (
            process.environ().get("COPYDESK_HOME") == folder
            or any(folder in part for part in (process.cwd(), *process.cmdline()))
        ):
            found.append(f"{process.pid} {' '.join(process.cmdline())}")
    except psutil.Error:
        continue
print("\n".join(["Still running:", *found]) if found else "Nothing is left running.")
sys.exit(bool(found))
