# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# What the labs are built from: network namespaces, a forwarder in the background, bounded waits,
# and a clean-up that runs however the script ends. Sourced by scripts/lab/*, which set -euo pipefail.
# All names carry the script's pid, so labs can run side by side.

lab_say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
lab_die() { lab_say "$*"; exit 1; }

# lab_init: call first. Makes $LAB_DIR, works out cores and memory, arms the clean-up.
lab_init() {
	[ "$(id -u)" = 0 ] || lab_die "must run as root (network namespaces, TAP devices)"
	[ -c /dev/net/tun ] || lab_die "no /dev/net/tun here"
	LAB_ID=$$
	LAB_NS=()       # namespaces made
	LAB_LINKS=()    # links made outside the namespaces
	LAB_PIDS=()     # processes started
	LAB_FWD_PID=
	LAB_PLUGINS=    # copies of drivers
	LAB_DIR=$(mktemp -d)
	trap lab_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	lab_cores
	lab_memory
}

# Runs at exit, also after ^C or a failure. Ends only what this script started.
lab_cleanup() {
	local status=$? p n l
	trap '' INT TERM HUP
	trap - EXIT
	set +e
	lab_stop >/dev/null 2>&1
	for p in "${LAB_PIDS[@]}"; do
		lab_end "$p" 20
	done
	for n in "${LAB_NS[@]}"; do
		ip netns del "$n" 2>/dev/null
	done
	for l in "${LAB_LINKS[@]}"; do
		ip link del "$l" 2>/dev/null
	done
	rm -rf "$LAB_DIR" "/var/run/dpdk/lab$LAB_ID" $LAB_PLUGINS # EAL leaves its directory behind
	exit $status
}

# The forwarder polls on the last core that we may use (worker) and waits on the first (main); the
# traffic runs on all but the worker's.
lab_cores() {
	local cpus=() part i
	for part in $(taskset -cp $$ | sed 's/.*: //; s/,/ /g'); do
		for ((i = ${part%-*}; i <= ${part#*-}; i++)); do
			cpus+=("$i")
		done
	done
	LAB_LCORES="0@${cpus[0]},1@${cpus[-1]}"
	[ ${#cpus[@]} = 1 ] || unset 'cpus[-1]'
	LAB_TRAFFIC_CPUS=$(IFS=,; echo "${cpus[*]}")
}

# EAL arguments: 2 MB hugepages if enough of them are free, else none. --in-memory needs hugepages:
# EAL takes --no-huge for legacy memory and refuses the two together.
lab_memory() {
	local free
	free=$(awk '$1 == "HugePages_Free:" { n = $2 } $1 == "Hugepagesize:" { kb = $2 }
		END { print int(n * kb / 1024) }' /proc/meminfo)
	LAB_EAL=(--lcores "$LAB_LCORES" --no-pci -m 512 --file-prefix "lab$LAB_ID")
	if [ "$free" -ge 512 ]; then
		LAB_EAL+=(--in-memory)
	else
		LAB_EAL+=(--no-huge)
	fi
}

# lab_wait TENTHS COMMAND...: until the command succeeds, at most so many tenths of a second.
lab_wait() {
	local i n=$1
	shift
	for ((i = 0; i < n; i++)); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}

lab_gone() { ! kill -0 "$1" 2>/dev/null; }

# lab_plugin FILE: in $REPLY, a path that EAL loads the driver from: it takes none from below a directory
# that all may write to, /tmp for instance. Call after lab_init.
lab_plugin() {
	local above
	REPLY=$(realpath "$1")
	above=$REPLY
	while [ "$above" != / ]; do
		above=$(dirname "$above")
		case $(stat -c %A "$above") in
		????????w?)
			LAB_PLUGINS=/run/cleave$LAB_ID
			mkdir -p -m 700 "$LAB_PLUGINS"
			cp "$REPLY" "$LAB_PLUGINS"
			REPLY=$LAB_PLUGINS/${REPLY##*/}
			return
			;;
		esac
	done
}

# lab_end PID TENTHS: SIGTERM, then SIGKILL. The process must be a child.
lab_end() {
	lab_gone "$1" && return
	kill "$1" 2>/dev/null
	lab_wait "$2" lab_gone "$1" || kill -9 "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# lab_ns NAME: make a namespace, its full name in $REPLY.
lab_ns() {
	REPLY=cleave$LAB_ID$1
	LAB_NS+=("$REPLY")
	ip netns add "$REPLY"
	ip -n "$REPLY" link set lo up
}

# lab_run COMMAND...: in the foreground, but so that a signal to this script is seen at once.
lab_run() {
	local status=0
	"$@" <&0 &
	LAB_PIDS+=($!)
	wait $! || status=$?
	unset 'LAB_PIDS[-1]'
	return $status
}

# lab_move LINK NAMESPACE MTU ADDRESS...: moving takes a link down and flushes it, so all is set
# afterwards. net_tap loses its queues if that happens before the port has started. A link that was made
# in the namespace stays there.
lab_move() {
	local link=$1 ns=$2 mtu=$3 a
	shift 3
	ip -n "$ns" link show "$link" >/dev/null 2>&1 || ip link set "$link" netns "$ns"
	# A TAP drops what its queue has no room for, a window of a few MB is some thousand frames.
	ip -n "$ns" link set "$link" addrgenmode none mtu "$mtu" txqueuelen 10000
	for a in "$@"; do
		case $a in
		*:*) ip -n "$ns" addr add "$a" dev "$link" nodad ;;
		*) ip -n "$ns" addr add "$a" dev "$link" ;;
		esac
	done
	ip -n "$ns" link set "$link" up
}

# lab_napi LINK: the threads by which the kernel receives from LINK (net_vtap's napi=1) are kept off the
# core that polls.
lab_napi() {
	local pid n=0
	for pid in $(pgrep -f "^\[napi/$1-"); do
		taskset -cp "$LAB_TRAFFIC_CPUS" "$pid" >/dev/null
		n=$((n + 1))
	done
	[ $n -gt 0 ] || lab_die "$1: the kernel has no thread for it"
}

# lab_fwd BINARY EAL-ARGUMENT... -- OPTION...: start the forwarder in the background. Its standard
# input is a FIFO that we hold open, its output goes to $LAB_DIR/fwd.out.
lab_fwd() {
	local bin=$1
	shift
	mkfifo "$LAB_DIR/fwd.in"
	exec {LAB_FWD_IN}<>"$LAB_DIR/fwd.in"
	"$bin" "${LAB_EAL[@]}" "$@" <"$LAB_DIR/fwd.in" >"$LAB_DIR/fwd.out" 2>&1 &
	LAB_FWD_PID=$!
}

# lab_fwd_up [NAMESPACE/]LINK...: wait until the forwarder has started its ports, which brings the links
# up.
lab_fwd_up() {
	lab_wait 150 lab_links_up "$@" && ! lab_gone "$LAB_FWD_PID" && return
	tail -n 20 "$LAB_DIR/fwd.out" >&2
	lab_die "the forwarder did not start its ports"
}

lab_link_show() {
	case $1 in
	*/*) ip -n "${1%/*}" link show "${1#*/}" ;;
	*) ip link show "$1" ;;
	esac
}

lab_links_up() {
	local l
	lab_gone "$LAB_FWD_PID" && return 0
	for l in "$@"; do
		lab_link_show "$l" 2>/dev/null | grep -q '[<,]UP[,>]' || return 1
	done
}

# lab_stop: end the forwarder with a newline, and with signals if that does not help. Returns its
# exit status.
lab_stop() {
	local status=0
	[ -n "$LAB_FWD_PID" ] || return 0
	echo >&"$LAB_FWD_IN"
	lab_wait 100 lab_gone "$LAB_FWD_PID" || lab_end "$LAB_FWD_PID" 50
	wait "$LAB_FWD_PID" || status=$?
	exec {LAB_FWD_IN}>&-
	LAB_FWD_PID=
	return $status
}
