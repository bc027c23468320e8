package hep

import "math"

// decimal is a JSON number as written: mantissa times ten to the exponent.
type decimal struct {
	neg  bool
	mant uint64
	exp  int
}

// number reads a JSON number (RFC 8259 section 6). Digits that no field of
// ours can hold are an error.
func (c *cursor) number() decimal {
	var d decimal
	c.space()
	if c.i < len(c.b) && c.b[c.i] == '-' {
		d.neg = true
		c.i++
	}
	c.digits(&d)
	if c.i < len(c.b) && c.b[c.i] == '.' {
		c.i++
		d.exp -= c.digits(&d)
	}
	if c.i < len(c.b) && c.b[c.i]|0x20 == 'e' {
		c.i++
		var e decimal
		if c.i < len(c.b) && (c.b[c.i] == '-' || c.b[c.i] == '+') {
			e.neg = c.b[c.i] == '-'
			c.i++
		}
		if c.digits(&e); e.mant > 400 {
			c.fail("exponent of %d", e.mant)
			return decimal{}
		}
		if e.neg {
			d.exp -= int(e.mant)
		} else {
			d.exp += int(e.mant)
		}
	}
	return d
}

// digits reads at least one digit into the mantissa and returns how many
// there were.
func (c *cursor) digits(d *decimal) int {
	start := c.i
	for c.i < len(c.b) {
		digit := c.b[c.i] - '0'
		if digit > 9 {
			break
		}
		if d.mant > (math.MaxUint64-9)/10 {
			c.fail("number of too many digits")
			return 0
		}
		d.mant = d.mant*10 + uint64(digit)
		c.i++
	}
	if c.i == start {
		c.fail("%s, expected a number", c.found())
	}
	return c.i - start
}

// integer reads an integer from lo to hi; ok is false for null.
func (c *cursor) integer(lo, hi int64) (v int64, ok bool) {
	// Nearly all are plain digits, few enough for any field.
	if c.peek(); c.err == nil {
		i, n := c.i, int64(0)
		for ; i < len(c.b) && i-c.i < 18 && c.b[i]-'0' <= 9; i++ {
			n = n*10 + int64(c.b[i]-'0')
		}
		if i > c.i && i < len(c.b) && (c.b[i] == ',' || c.b[i] == '}') && n >= lo && n <= hi {
			c.i = i
			return n, true
		}
	}
	if c.null() {
		return 0, false
	}
	start := c.i
	d := c.number()
	for ; d.exp < 0 && d.mant%10 == 0 && d.mant != 0; d.exp++ {
		d.mant /= 10
	}
	for ; d.exp > 0 && d.mant != 0 && d.mant <= math.MaxInt64/10; d.exp-- {
		d.mant *= 10
	}
	v = int64(d.mant)
	if d.neg {
		v = -v
	}
	if c.err == nil && (d.exp != 0 && d.mant != 0 || d.mant > math.MaxInt64 || v < lo || v > hi) {
		end := c.i
		c.i = start
		c.fail("%.24q, expected an integer from %d to %d", c.b[min(start, end):end], lo, hi)
	}
	return v, c.err == nil
}

func (c *cursor) uint32() (uint32, bool) {
	v, ok := c.integer(0, math.MaxUint32)
	return uint32(v), ok
}

func (c *cursor) uint8() (uint8, bool) {
	v, ok := c.integer(0, math.MaxUint8)
	return uint8(v), ok
}

// tenths reads a number such as 4.1 and returns it times ten, rounded; ok is
// false for null and for what does not fit a byte.
func (c *cursor) tenths() (v uint8, ok bool) {
	if c.null() {
		return 0, false
	}
	d := c.number()
	f := float64(d.mant) * math.Pow10(d.exp+1)
	if c.err != nil || d.neg || !(f < 255.5) {
		return 0, false
	}
	return uint8(math.Round(f)), true
}
