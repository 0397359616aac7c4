"""A child that only notes which run it was given: `note_run.py DATA RUN`."""

import os
import sys

if __name__ == "__main__":
    folder, run_id = sys.argv[1:]
    file = os.open(f"{folder}/noted.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{run_id}\n".encode())
    os.close(file)
