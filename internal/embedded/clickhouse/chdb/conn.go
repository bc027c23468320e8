package chdb

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

// Conn is a session. It is not safe for concurrent use.
type Conn struct {
	lib    *Library
	handle unsafe.Pointer // chdb_connection*, for closing
	conn   unsafe.Pointer // chdb_connection, for everything else
}

// Param is a value bound to a {Name:Type} placeholder, in ClickHouse's escaped
// text form.
type Param struct{ Name, Value string }

// Connect opens a session. Each option is "name=value": server options (path,
// config-file) matter to the first connection of the process only, others are
// settings of this session. It fails with [ErrConnect] where the engine gives
// no handle, and with [ErrSignals] where booting it changed signal handlers.
func (l *Library) Connect(options ...string) (*Conn, error) {
	l.boot.Lock()
	if l.up {
		l.boot.Unlock()
		return l.connect(options)
	}
	defer l.boot.Unlock()
	before, err := signalHandlers()
	if err != nil {
		return nil, err
	}
	c, err := l.connect(options)
	if err != nil {
		return nil, err
	}
	after, err := signalHandlers()
	if err == nil {
		err = sameHandlers(before, after)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	l.up = true
	return c, nil
}

func (l *Library) connect(options []string) (*Conn, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	argv := make([]*byte, 0, len(options)+2)
	argv = append(argv, cString("chdb"))
	for _, o := range options {
		if strings.ContainsRune(o, 0) {
			return nil, fmt.Errorf("%w: the option %q holds a NUL byte", ErrConnect, o)
		}
		argv = append(argv, cString("--"+o))
	}
	argv = append(argv, nil)
	for _, a := range argv[:len(argv)-1] {
		pin.Pin(a)
	}
	pin.Pin(&argv[0])
	handle := l.c.connect(int32(len(argv)-1), unsafe.Pointer(&argv[0]))
	if handle == nil {
		return nil, ErrConnect
	}
	c := &Conn{lib: l, handle: handle, conn: *(*unsafe.Pointer)(handle)}
	if c.conn == nil {
		l.c.closeConn(handle)
		return nil, ErrConnect
	}
	return c, nil
}

// Close ends the session. Streams of it must have been closed before. Closing
// the last connection of the process shuts the engine down.
func (c *Conn) Close() {
	if c.handle != nil {
		c.lib.c.closeConn(c.handle)
		c.handle, c.conn = nil, nil
	}
}

// Exec runs a statement whose result does not matter.
func (c *Conn) Exec(sql string, params ...Param) error {
	r, err := c.Query(sql, "Null", params)
	if err != nil {
		return err
	}
	r.Close()
	return nil
}

// cString is s with a closing NUL.
func cString(s string) *byte {
	b := make([]byte, len(s)+1)
	copy(b, s)
	return &b[0]
}

// empty stands in for the data of an empty string, whose own pointer may be nil.
var empty byte

func stringData(s string) unsafe.Pointer {
	if s == "" {
		return unsafe.Pointer(&empty)
	}
	return unsafe.Pointer(unsafe.StringData(s))
}

// boundParams are parameters in the four arrays that the C interface takes.
type boundParams struct {
	names, values         []unsafe.Pointer
	nameLens, valueLens   []uintptr
	count                 uintptr
	pName, pLen, vPtr, vL unsafe.Pointer
}

// bind lays params out and pins what C will follow.
func bind(params []Param, pin *runtime.Pinner) boundParams {
	var b boundParams
	if len(params) == 0 {
		return b
	}
	for _, p := range params {
		name, value := stringData(p.Name), stringData(p.Value)
		pin.Pin(name)
		pin.Pin(value)
		b.names, b.nameLens = append(b.names, name), append(b.nameLens, uintptr(len(p.Name)))
		b.values, b.valueLens = append(b.values, value), append(b.valueLens, uintptr(len(p.Value)))
	}
	pin.Pin(&b.names[0])
	pin.Pin(&b.values[0])
	b.count = uintptr(len(params))
	b.pName, b.pLen = unsafe.Pointer(&b.names[0]), unsafe.Pointer(&b.nameLens[0])
	b.vPtr, b.vL = unsafe.Pointer(&b.values[0]), unsafe.Pointer(&b.valueLens[0])
	pin.Pin(b.pLen)
	pin.Pin(b.vL)
	return b
}
