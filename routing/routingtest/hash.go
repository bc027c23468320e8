package routingtest

import (
	"encoding/json"
	"hash"
	"hash/fnv"

	"github.com/trunkline-cc/trunkline/routing"
)

// Hash condenses a stream of effects into one number: two streams with the
// same number are, for the purposes of a test, the same. The wording of
// refusals is left out.
type Hash struct{ sum hash.Hash64 }

// NewHash returns the hash of nothing.
func NewHash() *Hash { return &Hash{fnv.New64a()} }

// Add appends one step's effects.
func (h *Hash) Add(effects []routing.Effect) {
	for i := range effects {
		e := effects[i]
		e.Detail = ""
		text, err := json.Marshal(&e)
		if err != nil {
			panic(err) // the types marshal, and enums of the core are in their sets
		}
		_, _ = h.sum.Write(text)
	}
}

// Sum returns the number.
func (h *Hash) Sum() uint64 { return h.sum.Sum64() }
