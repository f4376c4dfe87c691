"""Which names are bound after loops, tests, handlers and calls that do not come back."""

from __future__ import annotations

import pytest

from nbexport import api

HEAD = "import sys\nimport os\nmany = len(sys.argv) > 3\n"
SOUND = {
    "sys.exit": "if many:\n    x = 1\nelse:\n    sys.exit('no')\nprint(x)",
    "os._exit": "try:\n    x = 1\nexcept ValueError:\n    os._exit(1)\nprint(x)",
    "exit": "if many:\n    x = 1\nelse:\n    exit()\nprint(x)",
    "assert False": "if many:\n    x = 1\nelse:\n    assert False, 'no'\nprint(x)",
    "raise in an elif chain": "if many:\n    x = 1\nelif sys.argv:\n    x = 2\nelse:\n    raise ValueError\nprint(x)",
    "a function that always raises": "def fail(m):\n    print(m)\n    raise ValueError(m)\nif many:\n    x = 1\nelse:\n    fail('x')\nprint(x)",
    "a handler that leaves, with a finally": "try:\n    x = int('3')\nexcept ValueError:\n    sys.exit(1)\nfinally:\n    print('done')\nprint(x)",
    "a retry loop": "while True:\n    try:\n        x = int('3')\n    except ValueError:\n        continue\n    else:\n        break\nprint(x)",
    "some tries, and an else that raises": (
        "for n in range(3):\n    try:\n        x = int('3')\n        break\n    except ValueError:\n        pass\nelse:\n    raise ValueError\nprint(x)"
    ),
    "some tries": "for n in range(3):\n    try:\n        x = int('3')\n        break\n    except ValueError as e:\n        print(e)\nprint(x)",
    "a search": "for n in sys.argv:\n    if many:\n        x = n\n        break\nprint(x)",
    "a loop that somebody may stop": "try:\n    for n in [1, 2]:\n        x = n\nexcept KeyboardInterrupt:\n    print('stopped')\nprint(x)",
    "match on true and false": "match many:\n    case True:\n        x = 1\n    case False:\n        x = 2\nprint(x)",
    "match with an end that raises": "match len(sys.argv):\n    case 1 | 2:\n        x = 1\n    case _:\n        raise ValueError\nprint(x)",
    "a flag that is a literal": "VERBOSE = True\nif VERBOSE:\n    x = 2\nprint(x)",
    "a mode that is a literal": "mode = 'b'\nif mode == 'a':\n    x = 1\nelif mode in ('b', 'c'):\n    x = 2\nprint(x)",
    "a flag and a number": "fast, size = False, 3\nfast = False\nsize = 3\nif not fast and size > 2:\n    x = 1\nprint(x)",
    "a name that was deleted and is asked for": "x = 1\ndel x\ntry:\n    x\nexcept NameError:\n    x = 2\nprint(x)",
    "a name that may not exist is deleted, whatever happens": "try:\n    del old\nexcept:\n    pass",
    "a literal that is not a literal any more is read as it is": "x = 1\nif many:\n    x = 2\nprint(x)",
}
DOUBTFUL = {
    "a flag that is false": ("VERBOSE = False\nif VERBOSE:\n    x = 2\nprint(x)", "NBX107"),
    "a flag that two statements bind": ("if many:\n    flag = True\nelse:\n    flag = sys.argv\nif flag:\n    x = 2\nprint(x)", "NBX107"),
    "a function that raises sometimes": ("def fail(m):\n    if m:\n        return\n    raise ValueError\nif many:\n    x = 1\nelse:\n    fail(1)\nprint(x)", "NBX107"),
    "a method of the name of one": ("if many:\n    x = 1\nelse:\n    sys.stdout.exit()\nprint(x)", "NBX107"),
    "match on true alone": ("match many:\n    case True:\n        x = 1\nprint(x)", "NBX107"),
    "read in the round that failed": ("for n in sys.argv:\n    try:\n        x = int(n)\n    except ValueError:\n        print('no')\n    print(x)", "NBX107"),
    "an assert that may hold": ("if many:\n    x = 1\nelse:\n    assert sys.argv\nprint(x)", "NBX107"),
    "deleted and read": ("x = 1\ndel x\nprint(x)", "NBX106"),
}  # fmt: skip


def codes(text: str) -> list[str]:
    """The codes of what is found about a name in a percent notebook."""
    _, findings = api.check_text(HEAD + text, "a.py")
    return [finding.code for finding in findings if finding.code.startswith("NBX1")]


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_sound(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(("text", "code"), DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_doubtful(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_a_flag_that_is_a_parameter_decides_nothing() -> None:
    """Whoever runs the project may switch it."""
    text = '# %% tags=["parameters"]\nFLAG = True\n# %% tags=["train"]\nif FLAG:\n    x = 1\nmodel = x\n'
    _, findings = api.check_text(text, "a.py")
    assert "NBX107" in [finding.code for finding in findings]


def test_loops_far_inside_others_take_no_time_to_speak_of() -> None:
    lines = ["    " * depth + f"for i{depth} in rows:" for depth in range(18)]
    text = "\n".join(["rows = [1]", *lines, "    " * 18 + "last = i0 + i17", "print(last)"])
    assert codes(text) == []
