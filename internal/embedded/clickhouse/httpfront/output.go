package httpfront

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

// maxExceptionBytes is how much of a message an __exception__ frame may hold;
// clients read up to 16 KiB.
const maxExceptionBytes = 15 << 10

// output is the answer to one request. What is written is held back until it
// outgrows the buffer, so that a query that fails early gets a status and one
// that is small gets its figures; then it is streamed.
type output struct {
	w       http.ResponseWriter
	control *http.ResponseController
	idle    time.Duration
	server  server
	queryID string
	started time.Time

	stats    chdb.Stats
	limit    int // of the buffer; negative is none
	maxTotal int // of the buffer where there is no limit
	encoding string
	frames   string // method of native frames; "" is none

	held      bytes.Buffer
	committed bool
	tag       string
	body      io.Writer      // the outermost writer
	frame     *frameWriter   // writes into encode or w
	encode    io.WriteCloser // writes into w
}

// begin sets what is known before the first byte.
func (o *output) begin(req *request, format string) {
	h := o.w.Header()
	contentType, ok := o.server.contentTypes[strings.ToLower(format)]
	if !ok {
		contentType = "text/plain; charset=UTF-8"
	}
	h.Set("Content-Type", contentType)
	if name, ok := o.server.formatNames[strings.ToLower(format)]; ok {
		format = name
	}
	h.Set("X-ClickHouse-Format", format)
	o.limit, o.maxTotal = req.bufferBytes, -1
	if req.waitEnd {
		o.limit = -1
	}
	o.encoding = req.responseEncoding
	if req.compress {
		o.frames = req.frameMethod
	}
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	if !o.committed {
		if total := o.held.Len() + len(p); o.limit < 0 || total <= o.limit {
			if o.limit < 0 && o.maxTotal >= 0 && total > o.maxTotal {
				return 0, codeResultTooLarge.errorf("the result is larger than the %d bytes that are held for wait_end_of_query", o.maxTotal)
			}
			return o.held.Write(p)
		}
		if err := o.commit(); err != nil {
			return 0, err
		}
	}
	o.extend()
	return o.body.Write(p)
}

// extend gives a slow reader another while.
func (o *output) extend() { _ = o.control.SetWriteDeadline(time.Now().Add(o.idle)) }

// commit sends the header and what was held back.
func (o *output) commit() error {
	o.committed = true
	o.tag = exceptionTag()
	o.w.Header().Set("X-ClickHouse-Exception-Tag", o.tag)
	o.common()
	o.body = o.w
	if o.encoding != "" {
		o.w.Header().Set("Content-Encoding", o.encoding)
		o.encode = encoder(o.encoding, o.w)
		o.body = o.encode
	}
	if o.frames != "" {
		o.frame = newFrameWriter(o.body, o.frames)
		o.body = o.frame
	}
	o.extend()
	o.w.WriteHeader(http.StatusOK)
	_, err := o.body.Write(o.held.Bytes())
	o.held = bytes.Buffer{}
	return err
}

// common sets the headers of every answer.
func (o *output) common() {
	h := o.w.Header()
	h.Set("X-ClickHouse-Query-Id", o.queryID)
	h.Set("X-ClickHouse-Timezone", o.server.timezone)
	h.Set("X-ClickHouse-Summary", o.summary())
}

// summary is what the engine counted so far, numbers as strings as a server
// writes them.
func (o *output) summary() string {
	figure := func(n uint64) string { return strconv.FormatUint(n, 10) }
	text, _ := json.Marshal(struct {
		ReadRows     string `json:"read_rows"`
		ReadBytes    string `json:"read_bytes"`
		WrittenRows  string `json:"written_rows"`
		WrittenBytes string `json:"written_bytes"`
		TotalRows    string `json:"total_rows_to_read"`
		ResultRows   string `json:"result_rows"`
		ResultBytes  string `json:"result_bytes"`
		Elapsed      string `json:"elapsed_ns"`
	}{
		figure(o.stats.ReadRows), figure(o.stats.ReadBytes), figure(o.stats.WrittenRows), figure(o.stats.WrittenBytes),
		"0", figure(o.stats.ResultRows), figure(o.stats.ResultBytes), figure(uint64(time.Since(o.started))),
	})
	return string(text)
}

// finish ends a good answer.
func (o *output) finish() error {
	if !o.committed {
		if o.held.Len() == 0 { // an empty body is an empty result: no coding of nothing
			o.encoding, o.frames = "", ""
		}
		if o.encoding == "" && o.frames == "" {
			o.w.Header().Set("Content-Length", strconv.Itoa(o.held.Len()))
		}
		if err := o.commit(); err != nil {
			return err
		}
	}
	return o.closeWriters()
}

func (o *output) closeWriters() error {
	if o.frame != nil {
		if err := o.frame.Close(); err != nil {
			return err
		}
	}
	if o.encode != nil {
		return o.encode.Close()
	}
	return nil
}

// fail ends a bad answer: with a status where none was sent yet, else with a
// frame that the tag in the header vouches for.
func (o *output) fail(e *chdb.Error) {
	message := o.text(e)
	o.extend()
	if !o.committed {
		h := o.w.Header()
		for _, name := range []string{"X-ClickHouse-Format", "Content-Length", "Content-Encoding"} {
			h.Del(name)
		}
		o.common()
		h.Set("Content-Type", "text/plain; charset=UTF-8")
		h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.Code))
		status := statusOf(e.Code)
		if status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", `Basic realm="ClickHouse server HTTP API"`)
		}
		o.w.WriteHeader(status)
		_, _ = io.WriteString(o.w, message+"\n")
		return
	}
	if len(message) > maxExceptionBytes {
		message = message[:maxExceptionBytes]
	}
	frame := fmt.Sprintf("\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", o.tag, message, len(message), o.tag)
	// Native frames are not for text: the exception stands behind them as it is.
	// A content coding has to hold it, or the answer as a whole could not be
	// decoded.
	if o.frame != nil {
		_ = o.frame.Flush()
	}
	if o.encode != nil {
		_, _ = io.WriteString(o.encode, frame)
		_ = o.encode.Close()
		return
	}
	_, _ = io.WriteString(o.w, frame)
}

// text is the message as a server words it.
func (o *output) text(e *chdb.Error) string {
	text := e.Error()
	if o.server.version != "" && !strings.HasSuffix(text, ")") || strings.HasSuffix(text, "("+e.Name+")") {
		text += " (version " + o.server.version + ")"
	}
	return text
}

// exceptionTag is 16 letters that no data can foresee.
func exceptionTag() string {
	id := []byte(randomID()[:16])
	for i, c := range id {
		if c <= '9' {
			id[i] = c - '0' + 'g'
		}
	}
	return string(id)
}
