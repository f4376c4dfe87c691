#!/bin/sh
# Unpacks the programs that tests need into a folder, where the machine lacks them: nothing is installed or started.
#   sh tests/fetch_tools.sh FOLDER
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
