package config

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxSecretBytes is more than any password or key.
const maxSecretBytes = 64 << 10

// secretSource says where a secret comes from if it has not come yet.
type secretSource struct {
	path      string
	into      *Secret
	file, env string
}

// secretSources lists every secret of the configuration.
func (c *Config) secretSources() []secretSource {
	all := []secretSource{{"clickhouse.password", &c.ClickHouse.Password, c.ClickHouse.PasswordFile, ""}}
	for i := range c.Listeners {
		l := &c.Listeners[i]
		all = append(all, secretSource{fmt.Sprintf("listeners[%d].auth_key", i), &l.AuthKey, l.AuthKeyFile, l.AuthKeyEnv})
	}
	for i := range c.Trunks {
		for n := range c.Trunks[i].Captures {
			capture := &c.Trunks[i].Captures[n]
			all = append(all, secretSource{fmt.Sprintf("trunks[%d].captures[%d].key", i, n), &capture.Key, capture.KeyFile, capture.KeyEnv})
		}
	}
	return all
}

// readSecrets fills each unset secret from its file or its variable, and lists
// what could not be read.
func (c *Config) readSecrets(environ []string) Problems {
	var v checker
	for _, s := range c.secretSources() {
		if s.into.IsSet() {
			continue
		}
		switch {
		case s.file != "" && s.env != "":
			v.must(false, s.path+"_file", "stands beside %s_env: want one of them", s.path)
		case s.file != "":
			value, err := readSecretFile(s.file)
			v.must(err == nil, s.path+"_file", "%v", err)
			*s.into = NewSecret(value)
		case s.env != "":
			value := lookup(environ, s.env)
			v.must(value != "", s.path+"_env", "the environment variable %s is empty or not set", s.env)
			*s.into = NewSecret(value)
		}
	}
	return v.problems
}

// readSecretFile returns a file's text without the line end.
func readSecretFile(path string) (string, error) {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return "", fmt.Errorf("no such file: %s", path)
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	value := strings.TrimRight(string(data), "\r\n")
	switch {
	case err != nil:
		return "", err
	case len(data) > maxSecretBytes:
		return "", fmt.Errorf("%s is over %d bytes, which is no secret", path, maxSecretBytes)
	case value == "":
		return "", fmt.Errorf("%s is empty", path)
	}
	return value, nil
}

// lookup finds a variable in NAME=value pairs.
func lookup(environ []string, name string) string {
	for _, pair := range environ {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}
