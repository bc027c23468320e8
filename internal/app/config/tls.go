package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// TLS is what a listener of transport tls shows and asks for.
type TLS struct {
	// CertFile and KeyFile hold the listener's certificate chain and its key, PEM.
	CertFile string `yaml:"cert_file,omitempty"`
	KeyFile  string `yaml:"key_file,omitempty"`
	// ClientCAFile holds the authorities of client certificates, PEM; with it
	// every client must show one.
	ClientCAFile string `yaml:"client_ca_file,omitempty"`
}

// IsZero tells whether nothing is set.
func (t TLS) IsZero() bool { return t == TLS{} }

// Config reads the files. Errors name the key of the file that is at fault.
func (t TLS) Config() (*tls.Config, error) {
	if t.CertFile == "" || t.KeyFile == "" {
		return nil, errors.New("want cert_file and key_file")
	}
	certificate, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("cert_file and key_file: %w", err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if t.ClientCAFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(t.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("client_ca_file: %w", err)
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("client_ca_file: no certificate in %s", t.ClientCAFile)
	}
	return c, nil
}
