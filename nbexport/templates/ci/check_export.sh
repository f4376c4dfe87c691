# Whether this project is as new as its notebook, where the notebook is in this repository.
set -eu
notebook=$(.venv/bin/python -c 'import json; print(json.load(open("nbexport.lock", encoding="utf-8"))["notebook"])')
for found in "./$notebook" "../$notebook"; do
    if [ -f "$found" ]; then
        .venv/bin/python -m pip install --quiet nbexport
        exec .venv/bin/nbexport sync --check "$found" --output .
    fi
done
echo "the notebook is not in this repository: there is nothing to compare with"
