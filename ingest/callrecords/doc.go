// Package callrecords reads what Microsoft Graph tells of a call after it has
// ended: call records with their sessions, segments and media streams, the
// rows of the direct-routing log and those of the PSTN log.
//
// # What it reads
//
// A [Reader] takes one file apart into documents, whatever its form: a single
// object, an array, JSON lines, or pages of OData ({"value":[...]}), gzipped
// or not, with or without a byte order mark. It keeps one document in memory at
// a time, so a file may be of any size. A [Decoder] makes a [Document] of
// each. Both name the place of what is wrong: the document's number, its byte
// offset, the path within it ("sessions[0].segments[2].media[0].label") and
// what was expected there.
//
// # Strict and lossless
//
// The structs are our own and not those of the Graph SDK, whose duration
// parser reads "PT0.016S" as 0. Every property that Graph's schema (CSDL) has
// is in a table here that says where its value goes, or why it is not kept; a
// test holds the tables against the schema. A value of the wrong type refuses
// its document. Properties and members of enumerations that the schema does not
// have are stored where there is a place for them and counted by path
// ([Notes]), so that what Microsoft adds is noticed and breaks nothing.
//
// What a document does not tell is unknown (schema.Opt), never 0: Graph gives
// null, leaves the property out, or gives the year 1 for "never". Durations
// are exact in nanoseconds. Ratios and levels are float64 made from the
// decimal text, not from a float32, so that 0.1 is not more than 0.1.
//
// # Who measured
//
// The streamDirection of a media stream says which way its media flowed. Its
// figures were measured by the receiver: those of callerToCallee by the callee.
// The Teams admin centre shows them at the side that sent, which is why they
// look exchanged there (microsoft-graph-docs issue 9255). Rows name the
// receiver, so that nobody has to know.
//
// # Versions
//
// Graph writes a record again when it learns more of a call, with a higher
// version and perhaps with fewer sessions. A record's rows carry its id and
// version; readers join the children to the version that holds
// (schema.CallRecordVersion). An entry of a list, which has no sessions, never
// takes the place of a document that has them.
package callrecords
