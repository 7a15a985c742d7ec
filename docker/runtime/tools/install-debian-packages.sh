#!/bin/sh
# Installs the libraries from Debian's packages; runs as root inside a container of the base.
#   install-debian-packages.sh CACHE    with CACHE/sources.list, and CACHE/archives to fill
# What Debian does not have is left out; `python -m runtime.features` tells which.
set -eu
cache=$1
export DEBIAN_FRONTEND=noninteractive

wanted="python3-numpy python3-pandas python3-scipy python3-sklearn python3-joblib
python3-threadpoolctl python3-xgboost python3-optuna python3-matplotlib python3-ipykernel
python3-uvicorn python3-httptools python3-uvloop python3-pyarrow python3-polars python3-lightgbm"

apt() {
  command=$1
  shift
  apt-get -q -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root \
    -o Dir::Etc::sourcelist="$cache/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$cache/lists" -o Dir::Cache::archives="$cache/archives" \
    -o Acquire::https::CaInfo="${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" \
    "$command" --yes --no-install-recommends "$@"
}

# Without a network the lists and packages of an earlier run serve.
apt update || echo "The package lists cannot be refreshed; the ones in the cache are used."
available=""
for package in $wanted; do
  if apt-cache -o Dir::State::lists="$cache/lists" -o Dir::Etc::sourcelist="$cache/sources.list" \
    -o Dir::Etc::sourceparts=/dev/null show "$package" >/dev/null 2>&1; then
    available="$available $package"
  else
    echo "Debian has no $package."
  fi
done
# shellcheck disable=SC2086 # a list of words
apt install $available

python3 -m venv --system-site-packages --without-pip /opt/venv
mkdir -p /opt/lib

# Debian's scipy and ipykernel bring compilers and a debugger: 400 MB, and a gift to an attacker.
dpkg-query --show --showformat '${Package}\n' |
  grep -E '^(g\+\+|gcc|cpp|gdb|binutils|make|dpkg-dev|libstdc\+\+-.*-dev|libgcc-.*-dev|libc6-dev|linux-libc-dev|libboost.*-dev|libpython3.*-dev|python3-dev|python3\.11-dev)' |
  grep -vE '^gcc-[0-9]+-base$' |
  xargs -r dpkg --purge --force-depends >/dev/null 2>&1 || true
sh "$(dirname "$0")/harden-image.sh"
