package config

import (
	"fmt"
	"net/url"
)

// LocalListener is the listener of an installation that was given none: RTCP
// on loopback for one tenant.
func LocalListener() Listener {
	l := Listener{Name: "local", Address: "127.0.0.1:5005", Tenant: "local"}
	l.setDefaults()
	return l
}

// UseEngine makes the store an engine that was started for this run.
func (c *Config) UseEngine(dsn, password string) error {
	if _, err := url.Parse(dsn); err != nil {
		return fmt.Errorf("dsn: %w", err)
	}
	c.ClickHouse.DSN, c.ClickHouse.Password = dsn, NewSecret(password)
	return nil
}

// SQLURL is where curl can send SQL: the DSN as a URL with user, password and
// database. Print it only to who started the engine.
func (c *Config) SQLURL() string {
	u, err := url.Parse(c.ClickHouse.DSN)
	if err != nil {
		return c.ClickHouse.DSN
	}
	database := u.Path[min(1, len(u.Path)):]
	user := "default"
	if u.User != nil && u.User.Username() != "" {
		user = u.User.Username()
	}
	u.User = url.UserPassword(user, c.ClickHouse.Password.Reveal())
	u.Path, u.RawQuery = "/", url.Values{"database": {database}}.Encode()
	return u.String()
}
