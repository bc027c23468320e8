package chdb

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Class is what a statement does to state that outlives it, as the engine's own
// parser sees it.
type Class uint32

// Classes, the more restricted the higher. See chdb_query_class in chdb.h.
const (
	ReadOnly       Class = iota // SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK
	Mutating                    // INSERT, CREATE, ALTER, DROP and the like, inside a database
	MutatingGlobal              // functions, named collections, writes to system
	Control                     // SET, USE, KILL, SYSTEM, ATTACH, BACKUP, INTO OUTFILE, INSERT INTO FUNCTION
	Unknown                     // did not parse
)

func (c Class) String() string {
	switch c {
	case ReadOnly:
		return "read-only"
	case Mutating:
		return "mutating"
	case MutatingGlobal:
		return "mutating global"
	case Control:
		return "control"
	default:
		return "unknown"
	}
}

// Analysis is what the engine says of a text without running it.
type Analysis struct {
	Statements int // executable statements in the text; 0 where it did not parse
	Class      Class
}

// analysisV1 mirrors chdb_query_analysis_v1, which is versioned by its size.
type analysisV1 struct {
	structSize, statementCount, flags, queryClass uint32
}

// Classify parses sql with the session's parser settings and runs nothing.
func (c *Conn) Classify(sql string) (Analysis, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	out := &analysisV1{queryClass: uint32(Unknown)}
	out.structSize = uint32(unsafe.Sizeof(*out))
	s := stringData(sql)
	pin.Pin(s)
	pin.Pin(out)
	if status := c.lib.c.classify(c.conn, s, uintptr(len(sql)), nil, 0, unsafe.Pointer(out)); status != 0 {
		return Analysis{}, fmt.Errorf("classify: libchdb gave status %d", status)
	}
	return Analysis{Statements: int(out.statementCount), Class: Class(out.queryClass)}, nil
}
