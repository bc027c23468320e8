package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ErrInvalid marks a configuration that was read and refused.
var ErrInvalid = errors.New("configuration")

// Problems lists everything wrong with a configuration, each line naming where
// it stands and what was expected. It matches [ErrInvalid].
type Problems []string

// Error joins the problems, one a line.
func (p Problems) Error() string { return strings.Join(p, "\n") }

// Is makes errors.Is(err, ErrInvalid) true.
func (p Problems) Is(target error) bool { return target == ErrInvalid }

// Source is where a configuration comes from.
type Source struct {
	// Path of the file; empty means none, and then the defaults stand.
	Path string
	// Environ is NAME=value, as os.Environ gives it.
	Environ []string
	// Set holds path=value pairs from flags, the later winning.
	Set []string
}

// Load reads, merges and validates. Its error is [Problems], or what reading
// the file gave.
func Load(src Source) (Config, error) {
	doc := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if src.Path != "" {
		data, err := os.ReadFile(src.Path)
		if err != nil {
			return Config{}, fmt.Errorf("configuration file: %w", err)
		}
		if doc, err = parse(src.Path, data); err != nil {
			return Config{}, err
		}
	}
	return decode(doc, src)
}

// Parse decodes a configuration from bytes, as if they stood in a file called
// name.
func Parse(name string, data []byte) (Config, error) {
	doc, err := parse(name, data)
	if err != nil {
		return Config{}, err
	}
	return decode(doc, Source{Path: name})
}

// parse reads one YAML document whose top is a mapping.
func parse(name string, data []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		text := strings.TrimPrefix(err.Error(), "yaml: ")
		return nil, Problems{name + ":" + strings.TrimPrefix(lineOf.ReplaceAllString(text, "$1: "), " ")}
	}
	if doc.Kind == 0 {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}, nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, Problems{name + ":1: want a mapping at the top, as `journal:` and its keys"}
	}
	return doc.Content[0], nil
}

// decode lays the environment and the flags over the document and turns it
// into a validated Config.
func decode(doc *yaml.Node, src Source) (Config, error) {
	where := origins{file: src.Path}
	if err := where.overlayEnviron(doc, src.Environ); err != nil {
		return Config{}, err
	}
	if err := where.overlaySet(doc, src.Set); err != nil {
		return Config{}, err
	}
	cfg := Default()
	if err := strictly(doc, &cfg); err != nil {
		return Config{}, where.problems(err)
	}
	for i := range cfg.Listeners {
		cfg.Listeners[i].setDefaults()
	}
	if problems := append(cfg.readSecrets(src.Environ), cfg.validate()...); len(problems) > 0 {
		for i, problem := range problems {
			path, text, _ := strings.Cut(problem, ": ")
			problems[i] = where.locate(doc, path) + ": " + path + ": " + text
		}
		return Config{}, problems
	}
	return cfg, nil
}

// strictly decodes with unknown keys refused. yaml.Node.Decode cannot be
// strict, and encoding the node again would lose its lines, so unknown and
// duplicate keys are looked for here.
func strictly(doc *yaml.Node, cfg *Config) error {
	var unknown []string
	checkKeys(doc, reflect.TypeFor[Config](), "", &unknown)
	err := doc.Decode(cfg)
	var types *yaml.TypeError
	switch {
	case errors.As(err, &types):
		return &yaml.TypeError{Errors: append(unknown, types.Errors...)}
	case err != nil:
		return err
	case len(unknown) > 0:
		return &yaml.TypeError{Errors: unknown}
	}
	return nil
}

var (
	lineOf      = regexp.MustCompile(`^line (\d+): `)
	typeOf      = regexp.MustCompile(`cannot unmarshal (\S+) (.*)into ([\w./\[\]]+)$`)
	plainGoType = strings.NewReplacer("int64", "a whole number", "uint16", "a whole number from 0 to 65535", "int", "a whole number",
		"float64", "a number", "bool", "true or false", "string", "a text", "[]config.Listener", "a list of listeners",
		"[]config.Trunk", "a list of trunks", "[]config.Capture", "a list of capture agents", "[]config.Network", "a list of address ranges",
		"[]config.Numbers", "a list of number ranges", "[]string", "a list of texts", "uint32", "a whole number from 0 to 4294967295", "config.", "a mapping: ")
)

// origins turns line numbers into places: those of the file, and beyond
// overlayBase the variables and flags that were laid over it.
type origins struct {
	file     string
	overlays []string
}

const overlayBase = 1 << 30

// place names a line.
func (o *origins) place(line int) string {
	switch {
	case line >= overlayBase:
		return o.overlays[line-overlayBase]
	case o.file == "":
		return "defaults"
	default:
		return o.file + ":" + strconv.Itoa(line)
	}
}

// overlaid notes an overlay and returns the line that stands for it.
func (o *origins) overlaid(name string) int {
	o.overlays = append(o.overlays, name)
	return overlayBase + len(o.overlays) - 1
}

// problems rewrites a decoding error as places and expectations.
func (o *origins) problems(err error) error {
	var types *yaml.TypeError
	if !errors.As(err, &types) {
		return Problems{o.file + ": " + err.Error()}
	}
	var out Problems
	for _, text := range types.Errors {
		where := o.file
		if m := lineOf.FindStringSubmatch(text); m != nil {
			line, _ := strconv.Atoi(m[1])
			where, text = o.place(line), text[len(m[0]):]
		}
		if m := typeOf.FindStringSubmatch(text); m != nil {
			text = fmt.Sprintf("got %s, want %s", strings.TrimSpace(m[2]), plainGoType.Replace(m[3]))
		}
		out = append(out, where+": "+text)
	}
	return out
}
