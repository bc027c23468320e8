package httpfront

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

// Options of a [Handler]. Zero values stand for the defaults.
type Options struct {
	// Connect opens a session of the engine, with settings as "name=value".
	// Required.
	Connect func(settings ...string) (*chdb.Conn, error)
	// User and Password are what clients have to show. Default "default"; the
	// password is required.
	User, Password string
	// MaxConcurrent bounds the statements that run at once. Default 16, or four
	// per CPU if that is more.
	MaxConcurrent int
	// QueueTimeout is how long a statement waits for its turn. Default 1 minute.
	QueueTimeout time.Duration
	// MaxQueryBytes bounds the text of a statement. Default 1 MiB.
	MaxQueryBytes int
	// MaxBodyBytes bounds the data of an INSERT after decompression. Default 4 GiB.
	MaxBodyBytes int64
	// MaxBufferedResultBytes bounds a result that cannot be streamed. Default 256 MiB.
	MaxBufferedResultBytes int64
	// IdleTimeout bounds each wait for a piece of an upload, and for a slow
	// reader of a result. Default 5 minutes.
	IdleTimeout time.Duration
	// MaxSessions bounds the sessions that clients keep. Default 64.
	MaxSessions int
	// Logger gets a record per failed request, without its text. Default
	// slog.Default().
	Logger *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	if o.Connect == nil || o.Password == "" {
		return o, errors.New("httpfront: Connect and Password are required")
	}
	o.User = cmp.Or(o.User, "default")
	o.MaxConcurrent = cmp.Or(o.MaxConcurrent, max(16, 4*runtime.GOMAXPROCS(0)))
	o.QueueTimeout = cmp.Or(o.QueueTimeout, time.Minute)
	o.MaxQueryBytes = cmp.Or(o.MaxQueryBytes, 1<<20)
	o.MaxBodyBytes = cmp.Or(o.MaxBodyBytes, 4<<30)
	o.MaxBufferedResultBytes = cmp.Or(o.MaxBufferedResultBytes, 256<<20)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 5*time.Minute)
	o.MaxSessions = cmp.Or(o.MaxSessions, 64)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}

// Handler serves the engine. It is made by [New] and has to be closed.
type Handler struct {
	opt      Options
	server   server
	slots    chan struct{}
	sessions *sessions
	keeper   *keeper

	closing context.Context // ends when Close begins
	close   context.CancelFunc
	gate    sync.Mutex // no request enters once closing has ended
	running sync.WaitGroup
	closed  sync.Once
}

// New opens the keeper connection, which boots the engine where it is not up
// yet, and learns what the engine is.
func New(opt Options) (*Handler, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	conn, err := opt.Connect()
	if err != nil {
		return nil, err
	}
	about, err := describe(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	h := &Handler{
		opt:      opt,
		server:   about,
		slots:    make(chan struct{}, opt.MaxConcurrent),
		sessions: newSessions(opt.MaxSessions),
		keeper:   &keeper{conn: conn},
	}
	h.closing, h.close = context.WithCancel(context.Background())
	return h, nil
}

// Close kills what runs, waits for it, and closes every connection, the keeper
// last: if no other is open, the engine is down afterwards and cannot be booted
// again. Further calls do nothing.
func (h *Handler) Close() {
	h.closed.Do(func() {
		h.gate.Lock()
		h.close()
		h.gate.Unlock()
		h.running.Wait()
		h.sessions.closeAll()
		h.keeper.close()
	})
}

// enter counts a request in, unless the handler is closing.
func (h *Handler) enter() bool {
	h.gate.Lock()
	defer h.gate.Unlock()
	if h.closing.Err() != nil {
		return false
	}
	h.running.Add(1)
	return true
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.enter() {
		http.Error(w, "the engine is stopping", http.StatusServiceUnavailable)
		return
	}
	defer h.running.Done()
	w.Header().Set("X-ClickHouse-Server-Display-Name", h.server.name)
	switch {
	case r.URL.Path == "/ping":
		writeText(w, "Ok.\n")
	case r.URL.Path != "/":
		http.Error(w, "There is no handle "+r.URL.Path+": the interface is at /, with /ping to see whether it is up.", http.StatusNotFound)
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "only GET and POST are served", http.StatusMethodNotAllowed)
	case r.Method == http.MethodGet && r.URL.RawQuery == "" && r.ContentLength == 0:
		writeText(w, "Ok.\n")
	default:
		h.serveQuery(w, r)
	}
}

// serveQuery answers one request for a statement.
func (h *Handler) serveQuery(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	// Deadlines are the request's, not those of the connection.
	defer func() {
		_ = control.SetReadDeadline(time.Time{})
		_ = control.SetWriteDeadline(time.Time{})
	}()
	out := &output{w: w, control: control, idle: h.opt.IdleTimeout, server: h.server, started: time.Now()}
	req, err := parseRequest(r)
	if err == nil {
		out.queryID = cmp.Or(req.queryID, randomID())
		if err = h.authenticate(req); err == nil {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(h.closing, cancel)()
			err = h.run(ctx, r, req, out)
		}
	}
	if err != nil {
		e := asError(err)
		h.opt.Logger.Debug("clickhouse request failed", "query_id", out.queryID, "code", e.Code, "name", e.Name)
		_ = control.SetReadDeadline(time.Now().Add(drainTimeout))
		_, _ = io.CopyN(io.Discard, r.Body, drainBytes)
		out.fail(e)
	}
}

// A client that is still sending is listened to for a while before it is told
// that its request has failed: many read the answer only when they are done.
const (
	drainBytes   = 16 << 20
	drainTimeout = 10 * time.Second
)

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	_, _ = io.WriteString(w, text)
}

// randomID is 128 random bits in hexadecimal.
func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
