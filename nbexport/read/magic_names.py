"""What is known of magics by name: which run Python in the notebook's namespace, which hold another language.

Source: IPython 9, `%magic`; line_profiler, memory_profiler, snakeviz and pyinstrument for their own.
"""

from __future__ import annotations

NAMESPACE_LINES = {
    "time": r"(?:--no-raise-error\s+)*",
    "prun": r"(?:-[rq]+\s+|-[lsTD]\s*\S+\s+)*",
    "lprun": r"(?:-[r]+\s+|-[sfmDTuz]\s*\S+\s+)*",
    "mprun": r"(?:-[rc]+\s+|-[fT]\s*\S+\s+)*",
    "snakeviz": r"(?:-[t]+\s+|-f\s*\S+\s+|--new-tab\s+)*",
}
"""Line magics that run their argument once, as a statement of the notebook; the pattern matches their options."""

REPEATED = {
    "timeit": r"(?:-[tcqov]+\s+|-[nrp]\s*\d+\s+)*",
    "memit": r"(?:-[co]+\s+|-[rti]\s*\S+\s+)*",
}
"""Magics that run Python again and again in a scope of its own: it binds nothing in the notebook."""

NAMESPACE_CELLS = frozenset(
    {
        "time",
        "capture",
        "prun",
        "debug",
        "snakeviz",
        "pyinstrument",
        "wandb",
        "notify",
        "heat",
    }
)
"""Cell magics whose body runs once in the notebook's namespace."""

CELL_LANGUAGES = {
    "!": "sh",
    "sx": "sh",
    "system": "sh",
    "sh": "sh",
    "bash": "bash",
    "cmd": "batch",
    "html": "html",
    "HTML": "html",
    "svg": "svg",
    "SVG": "svg",
    "js": "javascript",
    "javascript": "javascript",
    "latex": "latex",
    "markdown": "markdown",
    "perl": "perl",
    "ruby": "ruby",
    "R": "r",
    "writefile": "file",
    "file": "file",
    "python": "python-process",
    "python2": "python-process",
    "python3": "python-process",
    "pypy": "python-process",
}
"""Cell magics whose body is not Python of this notebook → what the body is; any other name stands for itself."""

_AUTOMAGIC = (
    "alias alias_magic autoawait autocall automagic bookmark cat cd code_wrap colors conda config cp debug dhist dirs"
    " doctest_mode ed edit env gui hist history killbgscripts ldir lf lk ll load load_ext loadpy logoff logon logstart"
    " logstate logstop ls lsmagic lx macro magic mamba matplotlib micromamba mkdir mv notebook page pastebin pdb pdef"
    " pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch psource pushd pwd pycat pylab quickref recall"
    " rehashx reload_ext rep rerun reset reset_selective rm rmdir run save sc set_env store sx system tb time timeit"
    " unalias unload_ext uv watermark who who_ls whos xdel xmode"
)
AUTOMAGIC = frozenset(_AUTOMAGIC.split())
"""Line magics that a cell of one line may name without `%`, while nothing in the notebook has that name."""
