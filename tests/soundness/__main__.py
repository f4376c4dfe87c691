"""`python -m soundness [WORD …]`: the verdict on each trap and each sound notebook whose name holds a word."""

from __future__ import annotations

import argparse
import collections
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from soundness.corpus import notebooks
from soundness.judging import Judge


def main() -> None:
    """Print `verdict name` for each, the failures first with `--failures`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="parts of names; all notebooks by default")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kind", choices=("traps", "sound"))
    parser.add_argument("--failures", action="store_true", help="leave out what is as it should be")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write them as .ipynb instead, with their files")
    parser.add_argument("--teeth", action="store_true", help="whether what stays in the notebook matters at all")
    parser.add_argument("--why", action="store_true", help="what was found")
    options = parser.parse_args()
    chosen = [
        (kind, case)
        for kind, case in notebooks()
        if options.kind in (None, kind)
        and (not options.words or any(word in f"{kind}/{case.name}" for word in options.words))
    ]
    if options.write:
        for kind, case in chosen:
            folder = options.write / kind / case.name if case.files else options.write / kind
            for name, text in {**case.files, f"{case.name}.ipynb": json.dumps(case.ipynb(), indent=1)}.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return
    tally: collections.Counter[str] = collections.Counter()

    def judged(part: int) -> None:
        with Judge() as judge:
            for kind, case in chosen[part :: options.jobs]:
                answer = judge.judge({**case.job(), "teeth": options.teeth})
                verdict = {None: answer["verdict"], True: "bites", False: "toothless"}[answer.get("bites")]
                tally[f"{kind} {verdict}"] += 1
                right = verdict in {"traps": ("equal", "refused", "bites"), "sound": ("equal", "toothless")}[kind]
                if not (options.failures and right):
                    said = f"  {len(answer['assumptions'])} assumed" if answer.get("assumptions") else ""
                    why = f"  {answer['why']}" if options.why or not right else ""
                    print(f"{verdict:8} {kind}/{case.name}{said}{why}"[: 100_000 if options.why else 260], flush=True)

    with ThreadPoolExecutor(options.jobs) as pool:
        for done in [pool.submit(judged, part) for part in range(options.jobs)]:
            done.result()
    print("#", ", ".join(f"{count} {verdict}" for verdict, count in sorted(tally.items())))


if __name__ == "__main__":
    main()
