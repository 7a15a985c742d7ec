#!/usr/bin/env bash
# Tests the runtime inside its image: ruff, mypy and pytest, with the limits a real container has.
#
#   docker/runtime/test-runtime.sh [--source] [arguments for pytest]
#
# Builds the image first if it is not up to date. With --source the package of this folder is
# tested in place of the one in the image, and nothing is built.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/tools/progress.sh"
source "$here/tools/host-settings.sh"
source "$here/tools/base-image.sh"
source "$here/tools/libraries-image.sh"

image=automl-python-runtime:3.11
cache=${MODELWRIGHT_CACHE_DIR:-$here/../../.modelwright/cache}
python_path=/tools
if [[ ${1:-} == --source ]]; then
  shift
  python_path=/repository/src:/tools
else
  "$here/build-runtime.sh" 3.11
fi
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

# The test tools, unpacked once for each version of their lock.
ensure_test_tools() {
  tools="$cache/test-tools/$(sha256sum "$here/requirements-dev.lock" | cut -c1-16)"
  [[ -e $tools/.complete ]] && return
  workspace=$(mktemp -d "$cache/test.XXXXXX")
  ensure_base_image
  mkdir -p "$tools"
  fetch_wheels requirements-dev.lock "$workspace/wheels.txt" 0 100 ||
    fail "The test tools cannot be fetched."
  docker run --rm --network none --user "$(id -u):$(id -g)" --volume "$here:/build:ro" \
    --volume "$cache/wheels:/wheels:ro" --volume "$tools:/tools" "$image" \
    env PYTHONSAFEPATH= python /build/tools/unpack_wheels.py /build/requirements-dev.lock /wheels /tools
  touch "$tools/.complete"
}

# Real tables, where they lie beside the repository: the floors are tested on them.
real_tables=()
[[ -d $here/../../../shared/datasets ]] &&
  real_tables=(--volume "$(realpath "$here/../../../shared/datasets"):/shared/datasets:ro")

in_image() {
  docker run --rm --init --network none --read-only --tmpfs /tmp:exec,nosuid,nodev,size=1g,mode=1777 \
    --cap-drop ALL --security-opt no-new-privileges --pids-limit 512 --memory 4g --memory-swap 4g \
    --shm-size 64m --user 10001:10001 --volume "$here:/repository:ro" --volume "$tools:/tools:ro" "${real_tables[@]}" \
    --env "PYTHONPATH=$python_path" \
    --env MYPY_CACHE_DIR=/tmp/mypy --env RUFF_NO_CACHE=true --env COLUMNS=120 \
    --workdir /repository "$image" "$@"
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
ensure_test_tools
in_image python -m ruff check .
in_image python -m ruff format --check .
in_image python -m mypy
in_image python -m pytest "$@"
