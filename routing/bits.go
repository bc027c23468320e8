package routing

import "math/bits"

// bitset is a set of small numbers.
type bitset []uint64

func wordsFor(n int) int { return (n + 63) / 64 }

func (b bitset) has(i int32) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bitset) set(i int32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) clear(i int32)    { b[i>>6] &^= 1 << (i & 63) }

// grown returns the set with room for n numbers.
func (b bitset) grown(n int) bitset {
	for len(b) < wordsFor(n) {
		b = append(b, 0)
	}
	return b
}

// matrix is a rectangle of bits in one piece of memory.
type matrix struct {
	rows, words int
	bits        []uint64
}

// row returns a row; it stays valid until the matrix grows.
func (m *matrix) row(i int32) bitset {
	return m.bits[int(i)*m.words : (int(i)+1)*m.words]
}

// grow makes room for the given numbers of rows and columns, doubling so that
// growing one by one costs little.
func (m *matrix) grow(rows, cols int) {
	if words := wordsFor(cols); words > m.words {
		words = max(words, 2*m.words, 4)
		wide := make([]uint64, m.rows*words)
		for r := range m.rows {
			copy(wide[r*words:], m.bits[r*m.words:(r+1)*m.words])
		}
		m.words, m.bits = words, wide
	}
	if rows > m.rows {
		if need := rows * m.words; need > cap(m.bits) {
			tall := make([]uint64, need, max(need, 2*cap(m.bits)))
			copy(tall, m.bits)
			m.bits = tall
		} else {
			m.bits = m.bits[:need]
		}
		m.rows = rows
	}
}

// lowest returns the number of the lowest bit of a word that is not zero.
func lowest(word uint64) int32 { return int32(bits.TrailingZeros64(word)) }
