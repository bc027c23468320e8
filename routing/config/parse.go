package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/trunkline-cc/trunkline/routing"
)

// maxBytes is the longest document read: 100,000 agents fit several times.
const maxBytes = 64 << 20

// Parse reads and validates a configuration. Its error matches
// [routing.ErrInvalid] and lists every fault found, one a line, each beginning
// with its line or with the path of its field.
func Parse(data []byte) (*routing.Config, error) {
	if len(data) > maxBytes {
		return nil, routing.Problems{fmt.Sprintf("document of %d bytes, want at most %d", len(data), maxBytes)}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var f file
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, problems(err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, routing.Problems{"more than one document"}
	}
	cfg := f.config()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// problems turns a decoding error into one line a fault, without Go's names of
// types.
func problems(err error) routing.Problems {
	var types *yaml.TypeError
	if !errors.As(err, &types) {
		return routing.Problems{strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	var out routing.Problems
	for _, text := range types.Errors {
		text, _, _ = strings.Cut(text, " not found in type ")
		out = append(out, strings.NewReplacer("field ", "unknown key ", "into config.", "into ").Replace(text))
	}
	return out
}
