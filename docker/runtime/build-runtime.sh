#!/usr/bin/env bash
# Builds the runtime image, tagged automl-python-runtime:3.11 and automl-python-runtime:latest.
#
#   docker/runtime/build-runtime.sh [3.11] [--force]
#
# Needs a Docker engine. Works without a container registry (the base is then made with
# debootstrap, which needs root) and without a network once everything is in the cache. Returns at
# once when the image is up to date; --force builds it anyway. May be interrupted and run again.
#
# MODELWRIGHT_CACHE_DIR   where downloads are kept (default <repository>/.modelwright/cache)
# MODELWRIGHT_BASE        registry | debootstrap: how to make the base (default: what works)
#
# Lines `@progress <percent> <what>` on standard output are for programs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/tools/progress.sh"
source "$here/tools/host-settings.sh"
source "$here/tools/base-image.sh"
source "$here/tools/libraries-image.sh"

python_version=3.11
force=false
for argument in "$@"; do
  case $argument in
    3.11) ;;
    --force) force=true ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) fail "Unknown argument \"$argument\". Python 3.11 is the version that can be built: build-runtime.sh [3.11] [--force]" ;;
  esac
done

repository=automl-python-runtime
image=$repository:$python_version
cache=${MODELWRIGHT_CACHE_DIR:-$here/../../.modelwright/cache}

# Everything the image is made from, as one hash; the tests and notes of this folder are not in it.
inputs_hash() {
  (cd "$here" && find Dockerfile libraries.Dockerfile requirements.lock build-runtime.sh tools src \
    -type f -not -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) |
    sha256sum | cut -c1-64
}

image_label() { # image, label
  docker image inspect --format "{{index .Config.Labels \"$2\"}}" "$1" 2>/dev/null || true
}

tag_latest() {
  docker tag "$image" "$repository:latest"
}

is_up_to_date() {
  [[ $force == false && $(image_label "$image" org.modelwright.runtime.inputs) == "$inputs" ]]
}

report_up_to_date() {
  tag_latest
  progress 100 "The runtime image is up to date"
  report_missing
}

report_missing() {
  local missing
  missing=$(image_label "$image" org.modelwright.runtime.missing)
  [[ -z $missing ]] ||
    say "Libraries that are missing: $missing. Run build-runtime.sh --force where the Python package index can be reached to add them."
}

package_version() {
  sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$here/src/runtime/__init__.py"
}

build_runtime() { # libraries image
  local missing engines
  progress 90 "Adding Modelwright's trainer and model server"
  missing=$(missing_libraries "$1")
  engines=$(optional_engines "$1")
  build_context Dockerfile src tools |
    classic_build --file Dockerfile --network none --tag "$image" \
      --build-arg "BASE_IMAGE=$1" --build-arg "RUNTIME_VERSION=$(package_version)" \
      --build-arg "RUNTIME_INPUTS=$inputs" --build-arg "RUNTIME_MISSING=$missing" \
      --build-arg "RUNTIME_ENGINES=$engines" -
  tag_latest
}

# Which search engines besides the built-in one this image has, separated by commas.
optional_engines() { # libraries image
  docker run --rm --interactive --network none "$1" /opt/venv/bin/python - <<'PYTHON'
from importlib.util import find_spec

packages = {"flaml": "flaml", "autogluon": "autogluon.tabular"}


def has(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


print(",".join(name for name, package in packages.items() if has(package)))
PYTHON
}

# Which of the libraries the product can use this image lacks, separated by commas.
missing_libraries() { # libraries image
  docker run --rm --interactive --network none "$1" /opt/venv/bin/python - \
    < <(cat "$here/src/runtime/libraries.py" && printf "\nprint(','.join(missing_libraries()))\n")
}

main() {
  docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
    fail "The Docker engine does not answer. Start it, or see docker info for the reason."
  inputs=$(inputs_hash)
  if is_up_to_date; then report_up_to_date; return; fi

  mkdir -p "$cache"
  cache=$(cd "$cache" && pwd)
  wait_for_other_build "$cache/build-runtime.lock"
  # Another run may have built it while this one waited.
  if is_up_to_date; then report_up_to_date; return; fi

  workspace=$(mktemp -d "$cache/build.XXXXXX")
  ensure_base_image
  ensure_libraries_image
  build_runtime "$libraries_image"
  remove_old_images
  progress 100 "The runtime image is ready"
  say "Built $image ($(docker image inspect --format '{{.Size}}' "$image" | awk '{printf "%.0f MB", $1 / 1000000}'))"
  report_missing
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
main
