package app

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"time"
)

// Status is what the running process knows of itself: the status page, its
// JSON, the readiness answer, the metrics and the live summary of a terminal
// all come from it. It holds counters only, no fact of any tenant.
type Status struct {
	Now       time.Time        `json:"now"`
	Started   time.Time        `json:"started"`
	Listeners []ListenerStatus `json:"listeners"`
	// Attribution is nil where every listener knows whose its reports are.
	Attribution *AttributionStatus `json:"attribution,omitempty"`
	Streams     StreamStatus       `json:"streams"`
	Journal     JournalStatus      `json:"journal"`
	Sink        SinkStatus         `json:"sink"`
	Rollups     RollupStatus       `json:"rollups"`
	// Problems say in a sentence each what keeps the process from its work.
	Problems []string `json:"problems"`
}

// StreamStatus counts tracked media streams.
type StreamStatus struct {
	Tracked int    `json:"tracked"`
	Limit   int    `json:"limit"`
	Refused uint64 `json:"refused"`
}

// JournalStatus is what is durable and not yet stored.
type JournalStatus struct {
	Files         int     `json:"files"`
	Bytes         int64   `json:"bytes"`
	MaxBytes      int64   `json:"max_bytes"`
	OldestSeconds float64 `json:"oldest_seconds"`
	DeadLetters   int     `json:"dead_letters"`
	RefusedRows   uint64  `json:"refused_rows"`
}

// SinkStatus is what has reached the store.
type SinkStatus struct {
	Batches   uint64 `json:"batches"`
	Rows      uint64 `json:"rows"`
	Retries   uint64 `json:"retries"`
	LastError string `json:"last_error,omitempty"`
}

// RollupStatus is what is still to be recomputed.
type RollupStatus struct {
	PendingMinutes int    `json:"pending_minutes"`
	Recomputed     uint64 `json:"recomputed"`
	LastError      string `json:"last_error,omitempty"`
}

//go:embed status.html
var statusHTML string

var statusTemplate = template.Must(template.New("status").Funcs(template.FuncMap{
	"bytes": templateBytes,
	"ago":   func(now, then time.Time) string { return now.Sub(then).Round(time.Second).String() },
	"share": func(used, of int) string { return fmt.Sprintf("%.1f", 100*float64(used)/float64(max(of, 1))) },
}).Parse(statusHTML))

// statusPage shows the status to a person; it refreshes itself.
func (a *App) statusPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	if err := statusTemplate.Execute(w, a.Status()); err != nil {
		a.log.Debug("status page", "error", err)
	}
}

// templateBytes takes the integer types that a Status has.
func templateBytes(n any) (string, error) {
	switch n := n.(type) {
	case int:
		return formatBytes(int64(n)), nil
	case int64:
		return formatBytes(n), nil
	}
	return "", fmt.Errorf("bytes: want an int, got %T", n)
}

// formatBytes writes a size with one decimal in the unit that suits it.
func formatBytes(n int64) string {
	value, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for value >= 1024 && i < len(units)-1 {
		value /= 1024
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[i])
}
