package httpfront

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

// server is what the engine says of itself.
type server struct {
	name, version, timezone string
	contentTypes            map[string]string // by format in lower case
	formatNames             map[string]string // as the engine writes them
}

// describe asks the engine.
func describe(conn *chdb.Conn) (server, error) {
	s := server{contentTypes: map[string]string{}, formatNames: map[string]string{}}
	row, err := ask(conn, "SELECT displayName(), version(), timezone() FORMAT JSONCompactEachRow")
	if err != nil {
		return s, fmt.Errorf("describe the engine: %w", err)
	}
	var self []string
	if err := json.Unmarshal(row, &self); err != nil || len(self) != 3 {
		return s, fmt.Errorf("describe the engine: it answered %q", row)
	}
	s.name, s.version, s.timezone = self[0], self[1], self[2]
	formats, err := ask(conn, "SELECT name, content_type FROM system.formats WHERE is_output FORMAT JSONCompactEachRow")
	if err != nil {
		return s, fmt.Errorf("list formats: %w", err)
	}
	for line := range strings.Lines(string(formats)) {
		var row []string
		if err := json.Unmarshal([]byte(line), &row); err != nil || len(row) != 2 {
			return s, fmt.Errorf("list formats: the engine answered %q", line)
		}
		key := strings.ToLower(row[0])
		s.formatNames[key], s.contentTypes[key] = row[0], row[1]
	}
	return s, nil
}

// ask runs a query of our own and copies its output.
func ask(conn *chdb.Conn, sql string) ([]byte, error) {
	r, err := conn.Query(sql, "Null", nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return append([]byte(nil), r.Bytes()...), nil
}

// keeper is the connection that keeps the engine up. It issues what has to run
// beside a busy connection.
type keeper struct {
	mu   sync.Mutex
	conn *chdb.Conn
}

// kill interrupts the statement whose text holds the marker, and does nothing
// where there is none.
func (k *keeper) kill(marker string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.conn == nil {
		return nil
	}
	// The marker is put together by the engine, so that the text of this
	// statement does not hold it.
	return k.conn.Exec("KILL QUERY WHERE position(query, concat('" + marker[:4] + "', '" + marker[4:] + "')) > 0 ASYNC")
}

func (k *keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.conn.Close()
	k.conn = nil
}
