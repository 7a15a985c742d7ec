# What this host uses to reach packages: pip settings, certificates, mirrors. They are lent to the
# containers and the tree that fetch packages, and never become part of an image. Sourced.
# shellcheck shell=bash

ca_bundle() {
  local file
  for file in "${SSL_CERT_FILE:-}" "${PIP_CERT:-}" "${REQUESTS_CA_BUNDLE:-}" \
    /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    if [[ -n $file && -s $file ]]; then printf '%s\n' "$file"; return; fi
  done
}

# Arguments of `docker run` that let pip in a container work as it does on this host.
# Fills the array `fetch_arguments`.
collect_fetch_arguments() {
  local name file bundle
  fetch_arguments=(--network host)
  while read -r name; do
    case $name in
      # Folders of this host and choices about its own Python mean nothing in the container.
      PIP_FIND_LINKS | PIP_CACHE_DIR | PIP_REQUIRE_VIRTUALENV | PIP_TARGET | PIP_PREFIX | PIP_USER | PIP_CERT | PIP_CONFIG_FILE) ;;
      *) fetch_arguments+=(--env "$name") ;;
    esac
  done < <(compgen -e | grep -E '^(PIP_.*|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|all_proxy|ALL_PROXY)$')

  bundle=$(ca_bundle)
  if [[ -n $bundle ]]; then
    fetch_arguments+=(--volume "$(readlink -f "$bundle"):/run/host-ca.crt:ro"
      --env PIP_CERT=/run/host-ca.crt --env SSL_CERT_FILE=/run/host-ca.crt
      --env REQUESTS_CA_BUNDLE=/run/host-ca.crt)
  fi
  file=$(pip_configuration)
  if [[ -n $file ]]; then
    fetch_arguments+=(--volume "$file:/run/host-pip.conf:ro" --env PIP_CONFIG_FILE=/run/host-pip.conf)
  fi
}

# The pip configuration that decides on this host: the user's before the machine's.
pip_configuration() {
  local file
  for file in "${PIP_CONFIG_FILE:-}" "${XDG_CONFIG_HOME:-${HOME:-/root}/.config}/pip/pip.conf" \
    "${HOME:-/root}/.pip/pip.conf" /etc/pip.conf /etc/xdg/pip/pip.conf; do
    if [[ -n $file && -s $file ]]; then readlink -f "$file"; return; fi
  done
}

# Addresses of Debian archives this host itself uses, one a line: only a Debian host has some.
debian_archives() { # "archive" or "security"
  [[ -r /etc/os-release ]] && (. /etc/os-release && [[ ${ID:-} == debian ]]) || return 0
  {
    sed -n 's/^URIs:[[:space:]]*//p' /etc/apt/sources.list.d/*.sources 2>/dev/null || true
    sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]*)?([^[:space:]]+).*/\2/p' \
      /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true
  } | tr ' ' '\n' | sed 's#/*$##' |
    case $1 in
      archive) grep -E '/debian$' || true ;;
      security) grep -E '/debian-security$' || true ;;
    esac
}

# The proxy apt uses, for programs that only know the variable.
export_apt_proxy() {
  local proxy=""
  [[ -n ${http_proxy:-} ]] && return
  command -v apt-config >/dev/null 2>&1 || return 0
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [[ -z $proxy || $proxy == DIRECT ]] || export http_proxy=$proxy
}
