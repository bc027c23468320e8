// Package cli is Trunkline's command line: one file a verb, each a constructor
// of one cobra command. The two mains call [Main] and add nothing but what
// only they may link (the embedded engines of trunkline-local).
//
// Exit status: 0 done; 1 the command ran and failed, or found what it was
// asked to look for (each command's help says which); 2 the words of the call
// or the configuration were wrong.
package cli
