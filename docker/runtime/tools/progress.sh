# Words, progress, locking and cleaning up for build-runtime.sh; sourced by it.
# shellcheck shell=bash

workspace=""
build_container=""

say() { printf '%s\n' "$*"; }

progress() { # percent, what
  printf '@progress %s %s\n' "$1" "$2"
}

fail() {
  printf 'build-runtime: %s\n' "$*" >&2
  exit 1
}

# Runs at every exit. Mounts go first: a killed debootstrap leaves /proc mounted in its tree, and
# deleting through it would be a disaster.
clean_up() {
  local code=$? mount
  trap - EXIT INT TERM
  [[ -z $build_container ]] || docker rm --force "$build_container" >/dev/null 2>&1 || true
  if [[ -n $workspace && -d $workspace ]]; then
    while read -r mount; do umount --lazy "$mount" || true; done \
      < <(awk -v folder="$workspace/" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | sort -r)
    rm -rf --one-file-system "$workspace"
  fi
  exit "$code"
}

# One build at a time for each cache: the API and a person may both start one.
wait_for_other_build() { # lock file
  command -v flock >/dev/null 2>&1 || return 0
  exec {lock_fd}>"$1"
  if ! flock --nonblock "$lock_fd"; then
    progress 0 "Waiting for another build of the runtime image"
    flock "$lock_fd"
  fi
}

# A build context of the named files of this folder, as a tar stream.
build_context() {
  tar --create --file - --directory "$here" --exclude '__pycache__' --exclude '*.pyc' \
    --owner 0 --group 0 --numeric-owner --mtime '@0' "$@"
}

# The classic builder uses images of this engine as a base in every set-up and needs no plugin.
# The client's advice to move on from it is not for the reader of this output.
classic_build() {
  DOCKER_BUILDKIT=0 docker build --quiet --force-rm "$@" 2> >(grep -v \
    -e 'legacy builder' -e 'buildx' -e 'BuildKit' -e 'DOCKER_BUILDKIT' -e 'environment-variable' \
    -e '^[[:space:]]*$' >&2) >/dev/null
}

# Leftovers of builds: stages, and images that a newer one took the name of. Images that a
# container still uses stay.
remove_old_images() {
  local label
  for label in org.modelwright.stage org.modelwright.libraries.hash; do
    docker image prune --force --filter "label=$label" >/dev/null 2>&1 || true
  done
}
