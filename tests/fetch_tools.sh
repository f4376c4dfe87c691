#!/bin/sh
# Brings the programs that tests need, where the machine lacks them.
#   sh tests/fetch_tools.sh FOLDER
# Promtool is unpacked into the folder; a browser, shells and Redis, which need libraries of the system,
# are installed by apt where this is root.
set -eu
folder=$1

lacks() { ! command -v "$1" >/dev/null && [ ! -x "$folder/usr/bin/$1" ]; }

unpack() {  # PACKAGE PROGRAM
    scratch=$(mktemp -d)
    # not in a folder that apt's own user cannot write to: it would only warn
    if ! (cd "$scratch" && apt-get download --quiet "$1" >/dev/null 2>&1); then
        [ "$(id -u)" -eq 0 ] && apt-get update --quiet >/dev/null 2>&1 || true
        (cd "$scratch" && apt-get download --quiet "$1" >/dev/null 2>&1) || {
            echo "The tests need \`$2\`. Install it and put it on the path; on Debian and Ubuntu: sudo apt-get update, then \`make test\` again." >&2
            exit 1
        }
    fi
    mkdir -p "$folder"
    dpkg-deb --extract "$scratch"/*.deb "$folder"
    rm -rf "$scratch"
}

if lacks promtool; then unpack prometheus promtool; fi

for program in chromium zsh fish redis-server; do
    if command -v "$program" >/dev/null; then continue; fi
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "The tests need \`$program\` on the path; on Debian: sudo apt-get install $program" >&2
        exit 1
    fi
    echo "installing $program, which tests run (JupyterLab, shell completion, online features)"
    apt-get update --quiet >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --quiet "$program" >/dev/null
done
