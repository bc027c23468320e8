#!/usr/bin/env bash
# Compares the unpacked libchdb with the checksum that is under version control.
# Run it once after `npm ci`: the library is 566 MB, too much to hash at every
# start. Nothing here is executed or loaded.
set -euo pipefail
cd "$(dirname "$0")"

case "$(uname -s)/$(uname -m)" in
Linux/x86_64) package=lib-linux-x64-gnu ;;
Linux/aarch64) package=lib-linux-arm64-gnu ;;
Darwin/x86_64) package=lib-darwin-x64 ;;
Darwin/arm64) package=lib-darwin-arm64 ;;
*) package= ;;
esac

if [ -z "$package" ] || ! grep -q "/$package/" libchdb.sha256; then
	echo "libchdb: no build for $(uname -s)/$(uname -m) is pinned here."
	[ -z "$package" ] || echo "libchdb: to use one, install @chdb/$package and set TRUNKLINE_LIBCHDB to its libchdb.so."
	# Without it, tests that need the engine are skipped by name; in CI they must run.
	[ "${CI:-}" != true ]
	exit
fi
if [ ! -f "node_modules/@chdb/$package/libchdb.so" ]; then
	echo "libchdb: npm did not install @chdb/$package (an optional dependency): is it in the configured registry?" >&2
	exit 1
fi
if command -v sha256sum >/dev/null; then
	sum() { sha256sum "$@"; }
else
	sum() { shasum -a 256 "$@"; }
fi
grep "/$package/" libchdb.sha256 | sum --check --status - || {
	echo "libchdb: node_modules/@chdb/$package/libchdb.so is not the file that libchdb.sha256 names: remove node_modules and run make deps" >&2
	exit 1
}
echo "libchdb: $package has the pinned checksum"
