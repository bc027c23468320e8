#!/usr/bin/env bash
# Installs what needs root's rights, says so, and is quiet when all is there.
# Where it may not install, it says what to install by hand: the tests that
# need it are then skipped by name, or fail with CI=true.
set -euo pipefail

# Daemons live in sbin, which the PATH of an ordinary user lacks on Debian.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# command -> Debian and Ubuntu packages, Homebrew formula ("-": there is none).
# From rtpengine on they are the peers of internal/interop.
wanted=(
	"tshark tshark wireshark"
	"curl curl curl"
	"rtpengine rtpengine-daemon -"
	"kamailio kamailio -"
	"baresip baresip-core baresip"
	"linphonec linphone-cli -"
	"gst-launch-1.0 gstreamer1.0-tools,gstreamer1.0-plugins-base,gstreamer1.0-plugins-good gstreamer"
)
# Of those packages, what starts a service when installed. Tests start their
# own processes on loopback: nothing may run, now or after the next boot.
services=(kamailio rtpengine-daemon)

missing_deb=() missing_brew=() nowhere=()
for row in "${wanted[@]}"; do
	read -r command deb brew <<<"$row"
	command -v "$command" >/dev/null && continue
	missing_deb+=(${deb//,/ })
	if [ "$brew" = - ]; then nowhere+=("$command"); else missing_brew+=("$brew"); fi
done
[ ${#missing_deb[@]} -eq 0 ] && exit 0

policy=/usr/sbin/policy-rc.d
# install_deb PACKAGE... runs apt-get with services held back, as root.
install_deb() {
	local held=false new=() service
	if [ ! -e "$policy" ]; then
		held=true
		printf '#!/bin/sh\nexit 101\n' | "${run[@]}" tee "$policy" >/dev/null
		"${run[@]}" chmod 755 "$policy"
		trap '"${run[@]}" rm -f "$policy"' EXIT
	fi
	for service in "${services[@]}"; do
		[[ " $* " == *" $service "* ]] && [ ! -e "/etc/init.d/$service" ] && [ ! -e "/lib/systemd/system/$service.service" ] && new+=("$service")
	done
	"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
	for service in ${new[@]+"${new[@]}"}; do
		"${run[@]}" update-rc.d "$service" disable >/dev/null 2>&1 || true
		if command -v systemctl >/dev/null; then "${run[@]}" systemctl disable "$service" >/dev/null 2>&1 || true; fi
	done
	if $held; then
		"${run[@]}" rm -f "$policy"
		trap - EXIT
	fi
}

if command -v apt-get >/dev/null; then
	run=(env)
	if [ "$(id -u)" -ne 0 ]; then
		sudo -n true 2>/dev/null && run=(sudo -n) || run=()
	fi
	if [ ${#run[@]} -gt 0 ]; then
		"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
		# A release that lacks one of them shall still get the others.
		have=() lack=()
		for deb in "${missing_deb[@]}"; do
			if apt-cache show "$deb" >/dev/null 2>&1; then have+=("$deb"); else lack+=("$deb"); fi
		done
		if [ ${#have[@]} -gt 0 ]; then
			echo "installing as root: ${have[*]}"
			install_deb "${have[@]}"
		fi
		[ ${#lack[@]} -eq 0 ] && exit 0
		echo "this release has no package: ${lack[*]}"
	else
		echo "not installed (needs root): sudo apt-get install --no-install-recommends ${missing_deb[*]}"
	fi
elif command -v brew >/dev/null; then
	[ ${#missing_brew[@]} -eq 0 ] || echo "not installed: brew install ${missing_brew[*]}"
	[ ${#nowhere[@]} -eq 0 ] || echo "not installed, and Homebrew has no formula: ${nowhere[*]}"
else
	echo "not installed: ${missing_deb[*]}"
fi
# In CI a missing part is a failure, and so it is here.
[ "${CI:-}" != true ]
