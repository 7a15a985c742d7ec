#!/usr/bin/env bash
# Writes requirements.lock and requirements-dev.lock from the .in files, with hashes of every
# published wheel (so one lock serves x86_64 and aarch64) and without the name of an index.
# Needs uv. Run it on purpose only: it moves every version to the newest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

lock() { # input, output, further options
  uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
    --no-header --no-annotate --only-binary :all: --python-version 3.11 \
    --python-platform x86_64-manylinux_2_28 "$1" --output-file "$2" "${@:3}"
}

lock requirements.in requirements.lock
# What the image has already is not installed beside it.
mapfile -t in_the_image < <(sed -nE 's/^([a-z0-9_.-]+)==.*/--no-emit-package=\1/p' requirements.lock)
lock requirements-dev.in requirements-dev.lock "${in_the_image[@]}"
sed -i '/^# The following packages/,$d' requirements-dev.lock
