package hep

import "fmt"

// maxDepth bounds the nesting of values that are skipped. The deepest known
// payload has 4 levels.
const maxDepth = 32

// cursor walks JSON text once, without allocating. The first error sticks:
// everything after it does nothing and yields nothing, so that callers check
// once at the end.
//
// It takes one liberty with RFC 8259: a comma before a closing bracket, which
// several agents write, is let pass.
type cursor struct {
	b   []byte
	i   int
	key []byte // of the member being read, for errors
	err error
}

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		where := ""
		if c.key != nil {
			where = fmt.Sprintf(" in %.40q", c.key)
		}
		c.err = fmt.Errorf("offset %d%s: %w: %s", c.i, where, ErrJSON, fmt.Sprintf(format, args...))
	}
}

// found describes the byte at the cursor.
func (c *cursor) found() string {
	if c.i >= len(c.b) {
		return "the end"
	}
	return fmt.Sprintf("%q", c.b[c.i])
}

func (c *cursor) space() {
	for c.i < len(c.b) {
		ch := c.b[c.i]
		if ch > ' ' || ch != ' ' && ch != '\t' && ch != '\n' && ch != '\r' {
			return
		}
		c.i++
	}
}

// peek returns the first byte of the next value, 0 at the end.
func (c *cursor) peek() byte {
	c.space()
	if c.i >= len(c.b) || c.err != nil {
		return 0
	}
	return c.b[c.i]
}

// open enters an object or array and reports whether it has a member.
func (c *cursor) open(bracket byte) bool {
	if c.peek() != bracket || c.err != nil {
		c.fail("%s, expected %q", c.found(), bracket)
		return false
	}
	c.i++
	if c.peek() == bracket+2 { // '{'+2 is '}', '['+2 is ']'
		c.i++
		return false
	}
	return c.err == nil
}

// next moves behind a member and reports whether another follows; else it
// leaves the object or array.
func (c *cursor) next(bracket byte) bool {
	ch := c.peek()
	if ch == ',' {
		c.i++
		if ch = c.peek(); ch != bracket+2 {
			return c.err == nil
		}
	}
	if ch != bracket+2 || c.err != nil {
		c.fail("%s, expected a comma or %q", c.found(), bracket+2)
		return false
	}
	c.i++
	return false
}

// name reads a member's name and its colon.
func (c *cursor) name() []byte {
	c.key = nil
	c.key, _ = c.text()
	if c.peek() != ':' {
		c.fail("%s, expected ':'", c.found())
		return nil
	}
	c.i++
	return c.key
}

// endsText has the bytes at which the inside of a string stops to be plain.
var endsText = func() (t [256]bool) {
	for ch := range byte(' ') {
		t[ch] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

// text reads a string and returns what is between the quotes, and whether it
// has escapes that are still in it.
func (c *cursor) text() (raw []byte, escaped bool) {
	if c.peek() != '"' {
		c.fail("%s, expected a string", c.found())
		return nil, false
	}
	b, start := c.b, c.i+1
	for i := start; i < len(b); i++ {
		if !endsText[b[i]] {
			continue
		}
		switch b[i] {
		case '"':
			c.i = i + 1
			return b[start:i:i], escaped
		case '\\':
			escaped = true
			i++
		default:
			c.i = i
			c.fail("control byte 0x%02x in a string", b[i])
			return nil, false
		}
	}
	c.fail("string without an end")
	return nil, false
}

// null reads a null if there is one.
func (c *cursor) null() bool {
	if c.peek() == 'n' {
		c.word("null")
		return true
	}
	return false
}

func (c *cursor) word(w string) {
	if len(c.b)-c.i < len(w) || string(c.b[c.i:c.i+len(w)]) != w {
		c.fail("%s, expected a value", c.found())
		return
	}
	c.i += len(w)
}

// skip passes over a value of any kind.
func (c *cursor) skip(depth int) {
	if depth > maxDepth {
		c.fail("nested deeper than %d", maxDepth)
		return
	}
	switch ch := c.peek(); ch {
	case '{':
		for more := c.open('{'); more; more = c.next('{') {
			c.name()
			c.skip(depth + 1)
		}
	case '[':
		for more := c.open('['); more; more = c.next('[') {
			c.skip(depth + 1)
		}
	case '"':
		c.text()
	case 't':
		c.word("true")
	case 'f':
		c.word("false")
	case 'n':
		c.word("null")
	default:
		c.number()
	}
}

// end makes sure that nothing follows. A NUL is let pass: agents in C send
// their terminator along.
func (c *cursor) end() {
	c.space()
	for c.err == nil && c.i < len(c.b) && c.b[c.i] == 0 {
		c.i++
	}
	if c.i < len(c.b) {
		c.fail("%s, expected the end", c.found())
	}
}
