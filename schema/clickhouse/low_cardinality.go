package clickhouse

import (
	"github.com/ClickHouse/ch-go/proto"
)

// wordColumn is LowCardinality(String) that finds each value's place in the
// dictionary when it is appended, so that a row costs a key and not a string.
// Its wire form is that of proto.ColLowCardinality, which also decodes it.
type wordColumn struct {
	dictionary proto.ColStr
	places     map[string]uint32
	keys       []uint32
	// last is the value appended last: neighbours are often equal.
	last    string
	lastKey uint32

	decoder *proto.ColLowCardinality[string]
}

// Constants of the wire form: the version of the key serialization, and the
// bits that say that a dictionary follows and that it is new.
const (
	wordVersion           = 1
	wordHasDictionary     = 1 << 9
	wordNewDictionary     = 1 << 10
	wordKeys8, wordMax8   = 0, 1 << 8
	wordKeys16, wordMax16 = 1, 1 << 16
	wordKeys32            = 2
)

func newWordColumn() *wordColumn {
	return &wordColumn{places: map[string]uint32{}, decoder: new(proto.ColStr).LowCardinality()}
}

// Type implements proto.Column.
func (c *wordColumn) Type() proto.ColumnType { return c.decoder.Type() }

// Rows implements proto.Column.
func (c *wordColumn) Rows() int { return len(c.keys) }

// Append implements proto.ColumnOf.
func (c *wordColumn) Append(word string) {
	if len(c.keys) == 0 || word != c.last {
		key, ok := c.places[word]
		if !ok {
			key = uint32(len(c.places))
			c.dictionary.Append(word)
			c.places[word] = key
		}
		c.last, c.lastKey = word, key
	}
	c.keys = append(c.keys, c.lastKey)
}

// AppendArr implements proto.ColumnOf.
func (c *wordColumn) AppendArr(words []string) {
	for _, word := range words {
		c.Append(word)
	}
}

// Row implements proto.ColumnOf.
func (c *wordColumn) Row(i int) string { return c.dictionary.Row(int(c.keys[i])) }

// Reset implements proto.Column.
func (c *wordColumn) Reset() {
	c.dictionary.Reset()
	clear(c.places)
	c.keys = c.keys[:0]
	c.last = ""
	c.decoder.Reset()
}

// EncodeState implements proto.StateEncoder.
func (c *wordColumn) EncodeState(b *proto.Buffer) { b.PutInt64(wordVersion) }

// EncodeColumn implements proto.Column.
func (c *wordColumn) EncodeColumn(b *proto.Buffer) {
	if len(c.keys) == 0 {
		return
	}
	width := int64(wordKeys32)
	switch n := len(c.places); {
	case n <= wordMax8:
		width = wordKeys8
	case n <= wordMax16:
		width = wordKeys16
	}
	b.PutInt64(wordHasDictionary | wordNewDictionary | width)
	b.PutInt64(int64(c.dictionary.Rows()))
	c.dictionary.EncodeColumn(b)
	b.PutInt64(int64(len(c.keys)))
	for _, key := range c.keys {
		switch width {
		case wordKeys8:
			b.PutUInt8(uint8(key))
		case wordKeys16:
			b.PutUInt16(uint16(key))
		default:
			b.PutUInt32(key)
		}
	}
}

// WriteColumn implements proto.Column.
func (c *wordColumn) WriteColumn(w *proto.Writer) { w.ChainBuffer(c.EncodeColumn) }

// DecodeState implements proto.StateDecoder.
func (c *wordColumn) DecodeState(r *proto.Reader) error { return c.decoder.DecodeState(r) }

// DecodeColumn implements proto.Column.
func (c *wordColumn) DecodeColumn(r *proto.Reader, rows int) error {
	if err := c.decoder.DecodeColumn(r, rows); err != nil {
		return err
	}
	c.AppendArr(c.decoder.Values)
	return nil
}
