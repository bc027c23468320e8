package httpfront

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/statement"
)

// job is one statement on its way through the engine.
type job struct {
	*statement.Statement
	req    *request
	out    *output
	data   io.Reader // of an INSERT
	conn   *chdb.Conn
	class  chdb.Class
	format string // of data or output
	marker string // a comment in the statement's text, to find it by
}

// run does one request. What it returns goes to the client as an exception.
func (h *Handler) run(ctx context.Context, r *http.Request, req *request, out *output) error {
	body, err := h.openBody(out.w, r, req)
	if err != nil {
		return err
	}
	defer body.Close()
	j := &job{req: req, out: out}
	if err := h.readStatement(j, body); err != nil {
		return err
	}
	if refused := j.Refusal(); refused != nil {
		return refused
	}
	if isHello(j) {
		return writeHello(j, h.server)
	}
	if j.Data && strings.EqualFold(j.Format, "Values") {
		j.data = statement.CheckValues(j.data)
	}
	release, err := h.slot(ctx)
	if err != nil {
		return err
	}
	defer release()
	done, err := h.connect(j)
	if err != nil {
		return err
	}
	defer done()
	if err := h.classify(j); err != nil {
		return err
	}
	err = h.execute(ctx, j)
	if ctx.Err() != nil && h.closing.Err() != nil {
		return codeCancelled.errorf("the engine is stopping")
	}
	return err
}

// readStatement gathers the text from URL and body, as far as it is text.
func (h *Handler) readStatement(j *job, body io.Reader) (err error) {
	limit := h.opt.MaxQueryBytes
	if len(j.req.query) > limit {
		return codeQueryTooLarge.errorf("Max query size exceeded: %d bytes, up to %d are taken", len(j.req.query), limit)
	}
	if j.req.query != "" {
		if j.Statement, err = statement.Parse(j.req.query); err == nil && j.Data {
			j.data = body
			if inline := j.Inline; strings.TrimSpace(inline) != "" {
				j.data = io.MultiReader(strings.NewReader(inline), strings.NewReader("\n"), body)
			}
			return nil
		}
		if err != nil && !errors.Is(err, statement.ErrEmpty) {
			return err
		}
	}
	var text bytes.Buffer
	text.WriteString(j.req.query)
	if text.Len() > 0 {
		text.WriteByte('\n')
	}
	if _, err := io.CopyN(&text, body, int64(limit)+1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if j.Statement, err = statement.Parse(text.String()); err != nil {
		return err
	}
	if j.Data {
		j.data = io.MultiReader(strings.NewReader(j.Inline), body)
		return nil
	}
	if text.Len() > limit {
		return codeQueryTooLarge.errorf("Max query size exceeded: up to %d bytes are taken", limit)
	}
	return nil
}

// slot waits for the statement's turn.
func (h *Handler) slot(ctx context.Context) (release func(), err error) {
	timeout := time.NewTimer(h.opt.QueueTimeout)
	defer timeout.Stop()
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-timeout.C:
		return nil, codeTooMany.errorf("Too many simultaneous queries: %d run, and none ended within %v", h.opt.MaxConcurrent, h.opt.QueueTimeout)
	case <-ctx.Done():
		return nil, codeCancelled.errorf("the client went away while its query waited for a turn")
	}
}

// classify asks the engine what the statement is, and decides.
func (h *Handler) classify(j *job) error {
	j.format = cmp.Or(j.Format, j.req.format, "TabSeparated")
	sql := j.SQL
	if j.Data {
		if !formatName.MatchString(j.format) {
			return codeUnknownFormat.errorf("Unknown format %q", j.format)
		}
		sql += "\nFORMAT " + j.format
	}
	found, err := j.conn.Classify(sql)
	if err != nil {
		return err
	}
	j.class = found.Class
	switch {
	case found.Class == chdb.Unknown && found.Statements == 0:
		return h.syntaxError(j)
	case found.Statements != 1:
		return statement.ErrSeveral
	case !j.Lexed():
		return codeSyntax.errorf("the statement holds a piece that does not end, or a character that is not of the language")
	case found.Class == chdb.Control:
		err = refusal(j.RefuseControl())
	case found.Class == chdb.MutatingGlobal:
		err = refusal(j.RefuseGlobal())
	case found.Class == chdb.Unknown:
		err = codeAccessDenied.errorf("the engine does not say what this statement does, so it is not run")
	}
	if err != nil {
		return err
	}
	harmless := j.class == chdb.ReadOnly || j.class == chdb.Control && (j.Verb == "SET" || j.Verb == "USE")
	if j.req.readOnly && !harmless {
		return codeReadOnly.errorf("Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries")
	}
	if j.NeedsInput() {
		return codeNotImplemented.errorf("INSERT ... SELECT ... FROM input() is not available in the embedded engine")
	}
	return nil
}

func refusal(r *statement.Refusal) error {
	if r == nil {
		return nil
	}
	return r
}

// syntaxError lets the engine word what is wrong with a statement that does not
// parse, in a session that may not change anything should it think otherwise
// when it is to run it.
func (h *Handler) syntaxError(j *job) error {
	conn, err := h.opt.Connect(append([]string{"readonly=1"}, sessionSettings...)...)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Exec(j.SQL, j.req.params...); err != nil {
		return err
	}
	return codeSyntax.errorf("the statement does not parse")
}

// execute runs the statement under a marker, by which it is killed when the
// client goes away.
func (h *Handler) execute(ctx context.Context, j *job) error {
	if ctx.Err() != nil {
		return codeCancelled.errorf("the client went away")
	}
	j.marker = "/*trunkline:" + randomID() + "*/"
	defer h.killWith(ctx, j.marker)()
	j.out.begin(j.req, j.format)
	j.out.maxTotal = int(h.opt.MaxBufferedResultBytes)
	j.SQL += "\n" + j.marker
	if j.Data {
		return j.insert()
	}
	return j.query(int64(h.opt.MaxBufferedResultBytes))
}

// killWith kills the marked statement once ctx ends, again and again until the
// returned function is called: it may not have begun yet.
func (h *Handler) killWith(ctx context.Context, marker string) (stop func()) {
	finished, exited := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(exited)
		select {
		case <-finished:
			return
		case <-ctx.Done():
		}
		again := time.NewTicker(50 * time.Millisecond)
		defer again.Stop()
		for {
			if err := h.keeper.kill(marker); err != nil {
				h.opt.Logger.Warn("cannot kill an abandoned query", "error", err)
			}
			select {
			case <-finished:
				return
			case <-again.C:
			}
		}
	}()
	return func() {
		close(finished)
		<-exited
	}
}
