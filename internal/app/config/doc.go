// Package config reads Trunkline's one YAML file, with environment variables
// and flags over it.
//
// Precedence, lowest first: the defaults stated at each field, the file, the
// environment (TRUNKLINE_ and the field's path, as in
// TRUNKLINE_CLICKHOUSE_DSN), --set path=value. All of them go through the
// same strict decoding: an unknown key or a value of the wrong type is an
// error that names the file and line, or the variable, or the flag.
//
// Secrets are never in the file. A field of type [Secret] takes its value from
// its environment variable, or from the file that its sibling `..._file`
// names; printing or logging one shows only whether it is set.
package config
