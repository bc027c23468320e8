// Package statement looks at the text of a ClickHouse statement before the
// engine does: it finds where an INSERT ends and its data begins, which output
// format a query names, and whether a statement asks for something that a
// server on a developer's machine must not do.
//
// # Lexing
//
// The lexer follows ClickHouse's own rules, so that what is a string, a comment
// or a name here is one there: backslash and doubled-quote escapes in strings
// and in both kinds of quoted identifiers, typographic quotes, here-documents
// ($tag$...$tag$), nested /* */ comments, "--", "# " and "#!" comments. A text
// with an unterminated piece yields an [Invalid] token and is left to the
// engine to complain about.
//
// # Splitting
//
// [Parse] stops at the data of an INSERT and never looks into it: data may be
// binary and may hold anything. [Statement.Inline] is exactly the rest of the
// text behind the one separator that the grammar allows: blanks, then at most
// one line end. No byte of data is lost or added.
//
// # Refusing
//
// [Statement.Refusal] is the first of three walls (the others are the engine's
// own classification of the statement and the grants of its only user). It
// exists because the grants alone let pass what reads, writes or runs things
// outside the data directory: the scalar function file(), dictionaries with an
// EXECUTABLE, HTTP or remote source, engines with a path argument.
package statement
