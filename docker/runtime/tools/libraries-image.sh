# The libraries on the base: locked wheels where the Python package index (or the cache) has them,
# Debian's packages otherwise. Sets `libraries_image`. Sourced by build-runtime.sh.
# shellcheck shell=bash

libraries_image=automl-python-libraries:3.11

ensure_libraries_image() {
  local hash outcome=0
  hash=$(libraries_hash)
  if [[ $(image_label "$libraries_image" org.modelwright.libraries.hash) == "$hash" ]] &&
    [[ $force == false || $(image_label "$libraries_image" org.modelwright.libraries.source) == wheels ]]; then
    return
  fi
  if cache_is_shared_with_engine; then
    fetch_wheels requirements.lock "$workspace/wheels.txt" 25 65 || outcome=$?
    case $outcome in
      0) build_libraries_from_wheels "$hash" ;;
      3) build_libraries_from_debian "$hash" ;;
      *) fail "Fetching the libraries failed (exit $outcome)." ;;
    esac
  else
    build_libraries_from_index "$hash"
  fi
}

libraries_hash() {
  {
    docker image inspect --format '{{.Id}}' "$base_image"
    (cd "$here" && sha256sum requirements.lock libraries.Dockerfile tools/install-libraries.sh \
      tools/install-debian-packages.sh tools/harden-image.sh)
  } | sha256sum | cut -c1-64
}

# Whether the engine sees this machine's folders: not so when this runs in a container itself, or
# when the engine is another machine.
cache_is_shared_with_engine() {
  touch "$workspace/probe"
  docker run --rm --network none --volume "$workspace:/probe:ro" "$base_image" \
    test -e /probe/probe >/dev/null 2>&1
}

# Bring the wheels of a lock file into the cache and list them. Exit 3: some cannot be fetched.
fetch_wheels() { # lock file, list to write, first percent, last percent
  local fetch_arguments
  collect_fetch_arguments
  mkdir -p "$cache/wheels"
  rm -rf "$cache/wheels"/.part-*
  build_container=modelwright-fetch-$$
  docker run --rm --name "$build_container" --user "$(id -u):$(id -g)" "${fetch_arguments[@]}" \
    --volume "$here:/build:ro" --volume "$cache/wheels:/wheels" --volume "$workspace:/out" \
    "$base_image" python3 /build/tools/fetch_wheels.py "/build/$1" /wheels "/out/${2##*/}" "$3" "$4"
}

build_libraries_from_wheels() { # hash
  progress 66 "Installing the libraries"
  sed 's#^#wheels/#' "$workspace/wheels.txt" >"$workspace/wheel-paths.txt"
  build_context libraries.Dockerfile requirements.lock tools \
    --directory "$cache" --files-from "$workspace/wheel-paths.txt" |
    classic_build --file libraries.Dockerfile --network none --tag "$libraries_image" \
      --build-arg "BASE_IMAGE=$base_image" --build-arg "LIBRARIES_HASH=$1" -
}

build_libraries_from_index() { # hash
  progress 30 "Fetching and installing the libraries"
  build_context libraries.Dockerfile requirements.lock tools wheels/.gitkeep |
    classic_build --file libraries.Dockerfile --network host --tag "$libraries_image" \
      --build-arg "BASE_IMAGE=$base_image" --build-arg "LIBRARIES_HASH=$1" -
}

# Debian's own Python is the only one that sees Debian's packages.
build_libraries_from_debian() { # hash
  local fetch_arguments
  say "The Python package index cannot be reached. Using Debian's packages: some libraries will be missing."
  progress 40 "Installing the libraries from Debian packages"
  if ! image_exists "$own_base" || [[ ! -s $cache/debs/sources.list ]]; then make_own_base; fi
  base_image=$own_base
  collect_fetch_arguments
  mkdir -p "$cache/debs/archives/partial" "$cache/debs/lists/partial"
  build_container=modelwright-debian-$$
  docker run --name "$build_container" "${fetch_arguments[@]}" \
    --volume "$here/tools:/build:ro" --volume "$cache/debs:/debs" \
    "$base_image" sh /build/install-debian-packages.sh /debs
  progress 85 "Saving the libraries"
  docker commit --change "LABEL org.modelwright.libraries.hash=$1 org.modelwright.libraries.source=debian" \
    "$build_container" "$libraries_image" >/dev/null
}
