"""Watch a rollout and production: go on where it may, go back where it must.

python guard.py run                   # until it is stopped
python guard.py once                  # for a scheduler; exit code 10 where something is over its budget
python guard.py status                # what is seen now, and what was done last

`[guard]` in `platform.toml` has the budgets. It needs no lock, registry or network, and works on a full disk.
"""

from nbexport_runtime.platform.commands import guard

if __name__ == "__main__":
    guard.main(__file__)
