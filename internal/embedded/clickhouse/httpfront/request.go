package httpfront

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

// request is what URL and headers ask for.
type request struct {
	query          string // from the URL; the rest may be in the body
	user, password string
	credentials    bool // some were given
	database       string
	queryID        string
	format         string // where the query names none; "" is TabSeparated
	readOnly       bool   // GET
	params         []chdb.Param
	settings       []setting

	session        string
	sessionTimeout time.Duration
	sessionCheck   bool
	closeSession   bool

	revision         int    // client_protocol_version
	compress         bool   // answer in native frames
	decompress       bool   // body in native frames
	frameMethod      string // LZ4 or ZSTD
	contentEncoding  string // of the body
	responseEncoding string // "" is none
	waitEnd          bool   // answer when all is known
	bufferBytes      int
	mustBeInMemory   bool // a setting makes JSONEachRow one document
}

// setting is a ClickHouse setting as given, value unquoted.
type setting struct{ name, value string }

// defaultSessionTimeout and maxSessionTimeout are a server's.
const (
	defaultSessionTimeout = 60 * time.Second
	maxSessionTimeout     = time.Hour
	defaultBufferBytes    = 256 << 10
	maxBufferBytes        = 64 << 20
)

// settingName is what the name of a setting may look like; it goes into SQL.
var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// formatName is what the name of a format may look like; it goes into SQL.
var formatName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,63}$`)

// parseRequest reads URL and headers. It does not touch the body.
func parseRequest(r *http.Request) (*request, error) {
	req := &request{readOnly: r.Method == http.MethodGet, frameMethod: "LZ4", bufferBytes: defaultBufferBytes, sessionTimeout: defaultSessionTimeout}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return nil, codeNotImplemented.errorf("external tables (a multipart body) are not available in the embedded engine")
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, codeArguments.errorf("query string: %v", err)
	}
	compressHTTP := false
	for _, key := range sortedKeys(values) {
		value := values[key][len(values[key])-1]
		if key == "enable_http_compression" {
			compressHTTP = truthy(value)
			continue
		}
		if err := req.set(key, value); err != nil {
			return nil, err
		}
	}
	h := r.Header
	req.database = cmp.Or(req.database, h.Get("X-ClickHouse-Database"))
	req.format = cmp.Or(req.format, h.Get("X-ClickHouse-Format"))
	req.queryID = cmp.Or(req.queryID, h.Get("X-ClickHouse-Query-Id"))
	if req.format != "" && !formatName.MatchString(req.format) {
		return nil, codeUnknownFormat.errorf("Unknown format %q", req.format)
	}
	req.contentEncoding = strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding")))
	if compressHTTP {
		req.responseEncoding = negotiate(h.Values("Accept-Encoding"))
	}
	return req, req.readCredentials(r)
}

// set takes one key of the URL.
func (req *request) set(key, value string) (err error) {
	switch key {
	case "query":
		req.query = value
	case "database":
		req.database = value
	case "query_id":
		req.queryID = value
	case "default_format":
		req.format = value
	case "user":
		req.user, req.credentials = value, true
	case "password":
		req.password, req.credentials = value, true
	case "session_id":
		req.session = value
	case "session_timeout":
		req.sessionTimeout, err = sessionTimeout(value)
	case "session_check":
		req.sessionCheck = truthy(value)
	case "close_session":
		req.closeSession = truthy(value)
	case "compress":
		req.compress = truthy(value)
	case "decompress":
		req.decompress = truthy(value)
	case "network_compression_method":
		req.frameMethod, err = frameMethod(value)
	case "wait_end_of_query":
		req.waitEnd = truthy(value)
	case "buffer_size":
		req.bufferBytes, err = number(key, value, maxBufferBytes)
	case "client_protocol_version":
		req.revision, err = number(key, value, 1<<20)
	case "role":
		return codeNotImplemented.errorf("roles are not available in the embedded engine, which has one user")
	case "quota_key", "stacktrace", "network_zstd_compression_level", "http_zlib_compression_level", "http_compression_zstd_window_log_max":
		// Nothing here depends on them.
	default:
		if name, ok := strings.CutPrefix(key, "param_"); ok {
			req.params = append(req.params, chdb.Param{Name: name, Value: value})
			return nil
		}
		if !settingName.MatchString(key) {
			return codeArguments.errorf("query string: %q is no parameter and cannot be the name of a setting", key)
		}
		req.mustBeInMemory = req.mustBeInMemory || strings.Contains(key, "json_array_of_rows")
		req.settings = append(req.settings, setting{key, value})
	}
	return err
}

// readCredentials takes the first of Authorization, X-ClickHouse-User/-Key and
// the URL; mixing them is an error, as with a server.
func (req *request) readCredentials(r *http.Request) error {
	inURL := req.credentials
	user, password, basic := r.BasicAuth()
	inHeaders := r.Header.Get("X-ClickHouse-User") != "" || r.Header.Get("X-ClickHouse-Key") != ""
	switch {
	case basic && inHeaders, (basic || inHeaders) && inURL:
		return codeAuthentication.errorf("credentials are given in more than one way: use Authorization, or X-ClickHouse-User and X-ClickHouse-Key, or the URL")
	case basic:
		req.user, req.password, req.credentials = user, password, true
	case inHeaders:
		req.user, req.password, req.credentials = r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key"), true
	}
	req.user = cmp.Or(req.user, "default")
	return nil
}

// authenticate compares in constant time.
func (h *Handler) authenticate(req *request) error {
	if !req.credentials {
		return codePasswordRequired.errorf("%s: a password is required: it is in the DSN that the engine was started with", req.user)
	}
	if !same(req.user, h.opt.User) || !same(req.password, h.opt.Password) {
		return codeAuthentication.errorf("%s: Authentication failed: password is incorrect, or there is no user with such name.", req.user)
	}
	return nil
}

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func truthy(s string) bool { return s == "1" || strings.EqualFold(s, "true") }

func number(key, value string, limit int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > limit {
		return 0, codeArguments.errorf("%s=%q: want a whole number from 0 to %d", key, value, limit)
	}
	return n, nil
}

func sessionTimeout(value string) (time.Duration, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > int(maxSessionTimeout/time.Second) {
		return 0, codeSessionTimeout.errorf("session_timeout=%q: want seconds, 1 to %d", value, int(maxSessionTimeout/time.Second))
	}
	return time.Duration(n) * time.Second, nil
}

func frameMethod(value string) (string, error) {
	switch method := strings.ToUpper(value); method {
	case "LZ4", "ZSTD", "NONE":
		return method, nil
	case "LZ4HC": // decodes like LZ4, which is quicker to write
		return "LZ4", nil
	}
	return "", codeArguments.errorf("network_compression_method=%q: want LZ4 or ZSTD", value)
}

func sortedKeys(v url.Values) []string {
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
