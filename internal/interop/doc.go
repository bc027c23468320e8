// Package interop holds tests against software that other people wrote and
// customers run: rtpengine, Kamailio, Linphone, baresip and GStreamer are
// started as child processes on loopback, talk to our listeners as they would
// in the field, and our figures are held against the peers' own.
//
// # What a test may believe
//
// Nothing here is asserted from our own side alone. Loss is what a tap between
// two peers took out, packet by packet; round trips are delays that the tap put
// in; scores, counts and Call-IDs are what the peer says in its control
// protocol, its log or its messages. A test that could only say "something
// arrived" does not belong here.
//
// # Peers
//
// A peer's configuration and files are in the test's own temporary folder, its
// ports are free ones of 127.0.0.1, nothing needs root's rights, and it is
// ended by its process id. Where a program is missing the test is skipped by
// name, or fails with CI=true (internal/testneed); scripts/deps.sh installs
// them. Media takes its time (RTCP every few seconds), so the tests run side by
// side.
//
// It is a package of tests only: nothing imports it.
package interop
