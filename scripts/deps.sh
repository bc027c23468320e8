#!/usr/bin/env bash
# Installs what needs root's rights, says so, and is quiet when all is there.
# Where it may not install, it says what to install by hand: the tests that
# need it are then skipped by name, or fail with CI=true.
set -euo pipefail

# command -> Debian package, Homebrew formula
wanted=("tshark tshark wireshark" "curl curl curl")

missing_deb=() missing_brew=()
for row in "${wanted[@]}"; do
	read -r command deb brew <<<"$row"
	command -v "$command" >/dev/null && continue
	missing_deb+=("$deb")
	missing_brew+=("$brew")
done
[ ${#missing_deb[@]} -eq 0 ] && exit 0

if command -v apt-get >/dev/null; then
	run=()
	if [ "$(id -u)" -ne 0 ]; then
		sudo -n true 2>/dev/null && run=(sudo -n) || run=(false)
	fi
	if [ "${run[*]:-}" != false ]; then
		echo "installing as root: ${missing_deb[*]}"
		"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
		"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing_deb[@]}" >/dev/null
		exit 0
	fi
	echo "not installed (needs root): sudo apt-get install ${missing_deb[*]}"
elif command -v brew >/dev/null; then
	echo "not installed: brew install ${missing_brew[*]}"
else
	echo "not installed: ${missing_deb[*]}"
fi
# In CI a missing part is a failure, and so it is here.
[ "${CI:-}" != true ]
