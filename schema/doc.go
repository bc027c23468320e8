// Package schema holds Trunkline's nouns: the identifiers, the rows as they
// are stored, and the SQL that creates their tables.
//
// It is the vocabulary that every other package shares, so it imports the
// standard library only and none of ours. A string or a 16-byte value that
// could be mistaken for another has a type of its own: a TenantID is never a
// TrunkID, a StreamID never a ReportID.
//
// Every row carries its tenant. Facts are append-only and idempotent: the same
// fact written twice is one row, a later version of a fact replaces the
// earlier one, and a fact marked deleted disappears (see migrations/).
package schema
