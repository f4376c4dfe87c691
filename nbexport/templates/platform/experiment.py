"""Test two models on people who do not change sides, and look at the result as often as you like.

python experiment.py plan NAME --file plan.toml    # what is expected, on whom, what decides; --help has it as options
python experiment.py start NAME
python experiment.py report NAME                   # ship, keep, or no answer yet; --format html --output report.html
python experiment.py stop NAME                     # production answers all; --ship makes the winner production
"""

from nbexport_runtime.platform.commands import experiment

if __name__ == "__main__":
    experiment.main(__file__)
