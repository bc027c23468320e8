package contract

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func testExceptionCodes(t *testing.T, s *suite) {
	conn := s.open(t)
	exec(t, conn, "CREATE TABLE codes (n UInt64) ENGINE = MergeTree ORDER BY n")
	for _, c := range []struct {
		sql    string
		code   int32
		status int
	}{
		{"SELECT * FROM no_such_table", 60, http.StatusNotFound},
		{"SELECT no_such_column FROM codes", 47, http.StatusNotFound},
		{"SELECT no_such_function(1)", 46, http.StatusNotFound},
		{"SELECT FROM WHERE", 62, http.StatusBadRequest},
		{"SELECT 1 SETTINGS no_such_setting = 1", 115, http.StatusNotFound},
		{"CREATE TABLE codes (n UInt64) ENGINE = MergeTree ORDER BY n", 57, http.StatusInternalServerError},
		{"SELECT throwIf(1)", 395, http.StatusInternalServerError},
		{"SELECT sleep(3) SETTINGS max_execution_time = 1, timeout_overflow_mode = 'throw', function_sleep_max_microseconds_per_block = 10000000", 159, http.StatusRequestTimeout},
		{"SELECT number FROM numbers(1000000) SETTINGS max_result_rows = 10", 396, http.StatusInternalServerError},
		{"SELECT length(groupArray(repeat('x', 1000))) FROM numbers(1000000) SETTINGS max_memory_usage = 20000000", 241, http.StatusInternalServerError},
		{"INSERT INTO codes VALUES ('text')", 0, http.StatusBadRequest},
		{"INSERT INTO no_such_table VALUES (1)", 60, http.StatusNotFound},
	} {
		err := conn.Exec(context.Background(), c.sql)
		var exception *clickhouse.Exception
		var status *clickhouse.HTTPError
		if !errors.As(err, &exception) || !errors.As(err, &status) {
			t.Errorf("%s: %v is no exception with a status", c.sql, err)
			continue
		}
		if c.code != 0 && exception.Code != c.code || exception.CodeName == "" || exception.Message == "" {
			t.Errorf("%s: code %d (%s): %s; want code %d", c.sql, exception.Code, exception.CodeName, exception.Message, c.code)
		}
		if status.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", c.sql, status.StatusCode, c.status)
		}
	}
}

// testMidStream fails a query after its first rows have gone out, whatever the
// encoding of the answer.
func testMidStream(t *testing.T, s *suite) {
	for _, c := range compressions {
		t.Run(c.name, func(t *testing.T) {
			conn := s.open(t, withCompression(c.method, c.http))
			rows, err := conn.Query(context.Background(),
				"SELECT number, repeat(toString(rand64(number)), 20), throwIf(number = 20000, 'too far') FROM numbers(30000) SETTINGS max_threads = 1, max_block_size = 2000")
			n := 0
			if err == nil {
				defer rows.Close()
				for rows.Next() {
					n++
				}
				err = rows.Err()
			}
			var exception *clickhouse.Exception
			if !errors.As(err, &exception) || exception.Code != 395 {
				t.Fatalf("after %d rows: %v, want an exception with code 395", n, err)
			}
			if n == 0 || n > 20_000 {
				t.Errorf("%d rows before the exception, want some, up to 20000", n)
			}
		})
	}
}

// testDeadline lets the client go away: the server's side of the query ends too.
func testDeadline(t *testing.T, s *suite) {
	conn := s.open(t)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	const mark = "deadline of the contract"
	_, err := conn.Query(clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"cancel_http_readonly_queries_on_client_close": 1, "function_sleep_max_microseconds_per_block": 0})),
		"SELECT sleepEachRow(0.01), '"+mark+"' FROM numbers(100000) SETTINGS max_block_size = 10")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the driver came back with %v", err)
	}
	give, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	for {
		var running uint64
		if err := conn.QueryRow(give, "SELECT count() FROM system.processes WHERE query LIKE ? AND query NOT LIKE '%system.processes%'", "%"+mark+"%").Scan(&running); err != nil {
			t.Fatalf("the abandoned query still runs: %v", err)
		}
		if running == 0 {
			return
		}
	}
}
