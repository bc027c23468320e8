// Package arch holds no code that runs: its tests keep the layers of the
// design and the repository's hygiene. Each forbidden edge states its reason,
// and a rule that names a package which no longer exists fails too.
package arch
