package interop

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// bencode writes a value in the encoding of rtpengine's control protocol:
// maps, slices, strings and ints.
func bencode(v any) string {
	switch v := v.(type) {
	case int:
		return fmt.Sprintf("i%de", v)
	case string:
		return fmt.Sprintf("%d:%s", len(v), v)
	case []string:
		var b strings.Builder
		for _, item := range v {
			b.WriteString(bencode(item))
		}
		return "l" + b.String() + "e"
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		var b strings.Builder
		for _, key := range keys {
			b.WriteString(bencode(key) + bencode(v[key]))
		}
		return "d" + b.String() + "e"
	}
	panic(fmt.Sprintf("bencode of %T", v))
}

var errBencode = errors.New("malformed bencode")

// bdecode reads one value off the front of s: map[string]any, []any, string or
// int. It returns what follows.
func bdecode(s string) (value any, rest string, err error) {
	if s == "" {
		return nil, "", errBencode
	}
	switch s[0] {
	case 'i':
		digits, rest, ok := strings.Cut(s[1:], "e")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil {
			return nil, "", errBencode
		}
		return n, rest, nil
	case 'l':
		list := []any{}
		for s = s[1:]; !strings.HasPrefix(s, "e"); {
			var item any
			if item, s, err = bdecode(s); err != nil {
				return nil, "", err
			}
			list = append(list, item)
		}
		return list, s[1:], nil
	case 'd':
		dict := map[string]any{}
		for s = s[1:]; !strings.HasPrefix(s, "e"); {
			var key, item any
			if key, s, err = bdecode(s); err != nil {
				return nil, "", err
			}
			if item, s, err = bdecode(s); err != nil {
				return nil, "", err
			}
			dict[fmt.Sprint(key)] = item
		}
		return dict, s[1:], nil
	}
	digits, text, ok := strings.Cut(s, ":")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 0 || n > len(text) {
		return nil, "", errBencode
	}
	return text[:n], text[n:], nil
}
