#!/bin/sh
# Installs what the tests need and runs them all: `npm test`, or `npm test -- FILE…`.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need openssl openssl
need pdfsig poppler-utils
need qpdf qpdf
need xmlsec1 xmlsec1
need certutil libnss3-tools
need chromium chromium
need strace strace
need softhsm2-util softhsm2
if [ -n "$missing" ]; then
  root=
  [ "$(id -u)" -eq 0 ] || root=sudo
  echo "Đang cài các công cụ kiểm thử:$missing" >&2
  $root apt-get update -qq >&2
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing >&2
fi
. "$(dirname "$0")/prepare.sh"
build_pages
exec node scripts/test.ts "$@"
