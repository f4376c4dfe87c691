"""Write one HTML page with the state of everything; it needs no network.

python platform_report.py --output report.html
"""

from nbexport_runtime.platform.commands import platform_report

if __name__ == "__main__":
    platform_report.main(__file__)
