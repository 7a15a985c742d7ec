# The base: python:3.11-slim where a registry answers, else a Debian tree of the same Python made
# with debootstrap. Sets `base_image`. Sourced by build-runtime.sh.
# shellcheck shell=bash

registry_base=python:3.11-slim
own_base=automl-python-base:3.11
# The Debian release whose Python is 3.11.
debian_suite=bookworm
# How long a registry may take to name the image; the download itself has no limit.
registry_patience_seconds=12

image_exists() { docker image inspect "$1" >/dev/null 2>&1; }

ensure_base_image() {
  local wanted=${MODELWRIGHT_BASE:-any}
  if [[ $wanted != debootstrap ]] && image_exists "$registry_base"; then base_image=$registry_base; return; fi
  if [[ $wanted != registry ]] && image_exists "$own_base"; then base_image=$own_base; return; fi
  if [[ $wanted != debootstrap ]] && pull_registry_base; then base_image=$registry_base; return; fi
  [[ $wanted != registry ]] || fail "No registry gave $registry_base."
  make_own_base
  base_image=$own_base
}

# The client waits for a name server or a dead registry for minutes. It prints a line as soon as
# the registry knows the image: without one in time, there is no registry.
pull_registry_base() {
  local log="$workspace/pull.log" puller deadline=$((SECONDS + registry_patience_seconds))
  progress 1 "Looking for $registry_base"
  docker pull "$registry_base" >"$log" 2>&1 &
  puller=$!
  while kill -0 "$puller" 2>/dev/null; do
    if grep -q 'Pulling from' "$log"; then
      progress 5 "Pulling $registry_base"
      wait "$puller" && return
      return 1
    fi
    if ((SECONDS >= deadline)); then
      kill "$puller" 2>/dev/null || true
      wait "$puller" 2>/dev/null || true
      return 1
    fi
    sleep 0.2
  done
  wait "$puller"
}

make_own_base() {
  local tree="$workspace/base" tool
  [[ $(id -u) == 0 ]] ||
    fail "No registry can be reached for $registry_base, and making the base here needs root. Run build-runtime.sh once as root, or load $registry_base into this engine with docker load."
  tool=$(find_debootstrap)
  progress 3 "Making a base image from Debian packages"
  run_debootstrap "$tool" "$tree"
  apply_security_updates "$tree"
  trim_tree "$tree"
  progress 22 "Importing the base image"
  tar --create --sort name --mtime '@0' --numeric-owner --directory "$tree" . |
    docker import --change 'CMD ["python3"]' --change 'ENV LANG=C.UTF-8' \
      --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
      --message 'Debian with Python 3.11' - "$own_base" >/dev/null
  rm -rf --one-file-system "$tree"
}

# The program, or the folder of an unpacked package of it: nothing is installed on the host.
find_debootstrap() {
  local folder="$cache/debootstrap"
  if command -v debootstrap; then return; fi
  if [[ ! -x $folder/usr/sbin/debootstrap ]]; then
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 ||
      fail "No registry can be reached and debootstrap is not installed. Install debootstrap, then run this again."
    (cd "$workspace" && { apt-get download debootstrap || { apt-get update && apt-get download debootstrap; }; }) >&2 ||
      fail "debootstrap is not installed and cannot be fetched. Install it, then run this again."
    mkdir -p "$folder"
    dpkg-deb --extract "$workspace"/debootstrap_*.deb "$folder" >&2
  fi
  printf '%s\n' "$folder/usr/sbin/debootstrap"
}

run_debootstrap() { # program, tree
  local scripts=${1%/usr/sbin/debootstrap}/usr/share/debootstrap archive keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  local options=(--variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates --cache-dir="$cache/debs/base")
  [[ $1 != "$cache"/* ]] || export DEBOOTSTRAP_DIR=$scripts
  [[ ! -r $keyring ]] || options+=(--keyring="$keyring")
  export_apt_proxy
  archive=$(debian_archives archive | head -n 1)
  mkdir -p "$cache/debs/base"
  "$1" "${options[@]}" "$debian_suite" "$2" ${archive:+"$archive"} 2>&1 | follow_debootstrap "$2.log" ||
    fail "debootstrap failed: $(grep -E '^[EW]:' "$2.log" | tail -n 3 | tr '\n' ' ')"
}

# debootstrap says "I: Retrieving x", "I: Unpacking x…", "I: Configuring x…" for each package.
follow_debootstrap() { # log
  awk -v log_file="$1" '
    { print > log_file; fflush(log_file) }
    function report(percent, what) {
      percent = int(percent > 18 ? 18 : percent)
      if (percent > last) { last = percent; printf "@progress %d %s\n", percent, what; fflush() }
    }
    BEGIN { last = 3 }
    /Retrieving/ { report(3 + ++fetched / 20, "Fetching Debian packages") }
    /Unpacking/ { report(8 + ++unpacked / 25, "Unpacking Debian packages") }
    /Configuring/ { report(13 + ++configured / 25, "Setting up the base system") }'
}

# The release as first published lacks later fixes. Where the archive of fixes is out of reach the
# base is still usable, and says so.
apply_security_updates() { # tree
  local tree=$1 archive bundle options=(-q -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root)
  archive=$(debian_archives security | head -n 1)
  progress 19 "Applying security updates to the base"
  [[ -n $archive ]] || { say "This host names no archive of Debian's security updates; the base is the release as published."; return; }
  printf 'deb %s %s-security main\n' "$archive" "$debian_suite" >>"$tree/etc/apt/sources.list"
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  bundle=$(ca_bundle)
  if [[ -n $bundle ]]; then
    cp "$bundle" "$tree/tmp/host-ca.crt"
    options+=(-o Acquire::https::CaInfo=/tmp/host-ca.crt)
  fi
  if ! { chroot "$tree" env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" update &&
    chroot "$tree" env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" --yes upgrade; } >"$workspace/upgrade.log" 2>&1; then
    say "Security updates could not be applied: $(grep -E '^[EW]:' "$workspace/upgrade.log" | tail -n 1)"
  fi
  rm -f "$tree/tmp/host-ca.crt" "$tree/etc/resolv.conf"
}

# What no container needs, and what names this host or its mirrors. The list of archives stays in
# the cache, for the case that Debian's packages are wanted on this base.
trim_tree() { # tree
  local tree=$1
  mv "$tree/etc/apt/sources.list" "$cache/debs/sources.list"
  rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/var/log/* "$tree"/tmp/* \
    "$tree"/usr/share/doc/* "$tree"/usr/share/man/* "$tree"/usr/share/info/* \
    "$tree"/usr/share/locale/* "$tree"/usr/share/lintian "$tree"/debootstrap
  rm -f "$tree/etc/resolv.conf" "$tree/etc/hostname" "$tree/etc/machine-id"
  find "$tree" -xdev -type f -perm /6000 -exec chmod a-s {} +
}
