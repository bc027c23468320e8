package httpfront

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

// session is a connection that a client keeps by name.
type session struct {
	id    string
	conn  *chdb.Conn
	busy  bool
	timer *time.Timer
}

// sessions are those that are open.
type sessions struct {
	mu   sync.Mutex
	open map[string]*session
	max  int
}

func newSessions(limit int) *sessions { return &sessions{open: map[string]*session{}, max: limit} }

// take finds or makes the session of a request and marks it busy.
func (s *sessions) take(req *request, connect func(settings ...string) (*chdb.Conn, error)) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, ok := s.open[req.session]; ok {
		if one.busy {
			return nil, codeSessionLocked.errorf("Session %s is locked by a concurrent client.", req.session)
		}
		one.busy = true
		one.timer.Stop()
		return one, nil
	}
	if req.sessionCheck {
		return nil, codeSessionNotFound.errorf("Session %s not found.", req.session)
	}
	if len(s.open) >= s.max {
		return nil, codeTooMany.errorf("%d sessions are open, which is as many as there may be", len(s.open))
	}
	conn, err := connect(sessionSettings...)
	if err != nil {
		return nil, err
	}
	one := &session{id: req.session, conn: conn, busy: true}
	s.open[req.session] = one
	return one, nil
}

// give ends the use of a session: it lives on until nobody has asked for it for
// as long as the request said.
func (s *sessions) give(one *session, req *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.busy = false
	if req.closeSession {
		s.end(one)
		return
	}
	one.timer = time.AfterFunc(req.sessionTimeout, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !one.busy && s.open[one.id] == one {
			s.end(one)
		}
	})
}

func (s *sessions) end(one *session) {
	delete(s.open, one.id)
	one.conn.Close()
}

func (s *sessions) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.open {
		one.timer.Stop()
		s.end(one)
	}
}

// sessionSettings undo what the engine, made for a command line, sets for
// itself.
var sessionSettings = []string{"implicit_select=0"}

// connect gives the job a connection with its database and settings in force.
func (h *Handler) connect(j *job) (done func(), err error) {
	if j.req.session == "" {
		if j.conn, err = h.opt.Connect(sessionSettings...); err != nil {
			return nil, err
		}
		if err := j.apply(); err != nil {
			j.conn.Close()
			return nil, err
		}
		return j.conn.Close, nil
	}
	one, err := h.sessions.take(j.req, h.opt.Connect)
	if err != nil {
		return nil, err
	}
	j.conn = one.conn
	undo, err := j.remember()
	if err == nil {
		err = j.apply()
	}
	done = func() {
		for _, sql := range undo {
			if err := j.conn.Exec(sql); err != nil {
				h.opt.Logger.Warn("cannot restore a session's setting", "error", err)
			}
		}
		h.sessions.give(one, j.req)
	}
	if err != nil {
		done()
		return nil, err
	}
	return done, nil
}

// apply makes database and settings of the request those of the connection.
func (j *job) apply() error {
	if j.req.database != "" {
		if err := j.conn.Exec("USE " + quote(j.req.database, '`')); err != nil {
			return err
		}
	}
	var set []string
	for _, s := range j.req.settings {
		set = append(set, s.name+" = "+quote(s.value, '\''))
	}
	if j.req.readOnly && j.req.session == "" {
		set = append(set, "readonly = 2")
	}
	if set == nil {
		return nil
	}
	return j.conn.Exec("SET " + strings.Join(set, ", "))
}

// remember gives the statements that undo apply: database and settings of a
// request are not those of its session.
func (j *job) remember() (undo []string, err error) {
	if j.req.database != "" {
		row, err := ask(j.conn, "SELECT currentDatabase() FORMAT JSONCompactEachRow")
		if err != nil {
			return nil, err
		}
		var now []string
		if err := json.Unmarshal(row, &now); err != nil || len(now) != 1 {
			return nil, fmt.Errorf("current database: the engine answered %q", row)
		}
		undo = append(undo, "USE "+quote(now[0], '`'))
	}
	if j.req.settings == nil {
		return undo, nil
	}
	names := make([]string, len(j.req.settings))
	for i, s := range j.req.settings {
		names[i] = quote(s.name, '\'')
	}
	rows, err := ask(j.conn, "SELECT name, value FROM system.settings WHERE name IN ("+strings.Join(names, ", ")+") FORMAT JSONCompactEachRow")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(rows)) {
		var row []string
		if err := json.Unmarshal([]byte(line), &row); err != nil || len(row) != 2 {
			return nil, fmt.Errorf("settings: the engine answered %q", line)
		}
		undo = append(undo, "SET "+row[0]+" = "+quote(row[1], '\''))
	}
	return undo, nil
}

// quote makes a literal or a quoted identifier of s.
func quote(s string, mark byte) string {
	var b strings.Builder
	b.WriteByte(mark)
	for i := 0; i < len(s); i++ {
		if s[i] == mark || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte(mark)
	return b.String()
}
