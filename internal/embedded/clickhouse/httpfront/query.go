package httpfront

import (
	"errors"
	"strconv"
	"strings"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

// streamed are the formats, in lower case, whose documents can be put one
// behind the other: the engine formats every chunk of a stream for itself.
var streamed = map[string]bool{
	"native": true, "rowbinary": true, "null": true, "tabseparated": true, "tsv": true, "tabseparatedraw": true, "tsvraw": true,
	"raw": true, "csv": true, "tskv": true, "lineasstring": true, "rawblob": true, "jsoneachrow": true, "jsonlines": true,
	"ndjson": true, "jsonl": true, "jsonstringseachrow": true, "jsoncompacteachrow": true, "jsoncompactstringseachrow": true,
	"msgpack": true, "bsoneachrow": true,
}

// canStream tells whether the output can leave while it is made. A setting can
// make JSONEachRow one document; within a session it may have been made before.
func (j *job) canStream() bool {
	if j.class != chdb.ReadOnly || !streamed[strings.ToLower(j.format)] {
		return false
	}
	switch j.Verb {
	case "SELECT", "WITH", "FROM", "(":
	default:
		return false
	}
	doubtful := j.req.session != "" || j.req.mustBeInMemory || strings.Contains(strings.ToLower(j.SQL), "json_array_of_rows")
	return !doubtful || !strings.Contains(strings.ToLower(j.format), "json")
}

// query runs a statement that takes no data.
func (j *job) query(maxBuffered int64) error {
	if j.canStream() {
		stream, err := j.conn.Stream(j.SQL, j.format, j.req.params)
		if err == nil {
			return j.stream(stream)
		}
		if !notStreamable(err) {
			return err
		}
	}
	if j.class == chdb.ReadOnly && j.req.session == "" && !j.setsResultLimit() {
		// A client that made its session read-only forgoes the bound; the engine's
		// limit of memory still holds.
		_ = j.conn.Exec("SET max_result_bytes = " + strconv.FormatInt(maxBuffered, 10))
	}
	r, err := j.conn.Query(j.SQL, j.format, j.req.params)
	if err != nil {
		return err
	}
	defer r.Close()
	j.out.stats = r.Stats()
	if _, err := j.out.Write(r.Bytes()); err != nil {
		return err
	}
	return j.out.finish()
}

func (j *job) setsResultLimit() bool {
	for _, s := range j.req.settings {
		if s.name == "max_result_bytes" {
			return true
		}
	}
	return false
}

// stream sends chunks as they come.
func (j *job) stream(s *chdb.Stream) error {
	defer s.Close()
	for {
		chunk, err := s.Next()
		if err != nil {
			return err
		}
		if chunk == nil {
			return j.out.finish()
		}
		j.out.stats = j.out.stats.Add(chunk.Stats())
		_, err = j.out.Write(chunk.Bytes())
		chunk.Close()
		if err != nil {
			return err
		}
	}
}

// notStreamable recognises the engine's answer to a stream of something else
// than a SELECT.
func notStreamable(err error) bool {
	var e *chdb.Error
	return errors.As(err, &e) && e.Code == codeArguments.number && strings.HasPrefix(e.Message, "Streaming query is not supported")
}
