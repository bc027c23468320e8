package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// startServer serves the status page, its JSON, the metrics, health and
// readiness, and returns the address it listens on.
func (a *App) startServer(ctx context.Context) (net.Addr, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.cfg.HTTP.Address)
	if err != nil {
		return nil, fmt.Errorf("status page on http.address: %w", err)
	}
	server := &http.Server{
		Handler:           a.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("status page ended", "error", err)
		}
	}()
	a.cleanup.push("status page", func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		<-done
		return err
	})
	return listener.Addr(), nil
}

// handler routes what the server answers. It is read-only and shows no fact of
// any tenant, only counters.
func (a *App) handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCollector(a))
	registerRuntime(registry)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.statusPage)
	mux.HandleFunc("GET /status.json", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, a.Status()) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "alive"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		code, state := http.StatusOK, "ready"
		problems := a.Status().Problems
		if len(problems) > 0 {
			code, state = http.StatusServiceUnavailable, "not ready"
		}
		writeJSON(w, code, map[string]any{"status": state, "problems": problems})
	})
	return mux
}

// writeJSON answers with a JSON document.
func writeJSON(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // the client went away: nobody is left to tell
}
