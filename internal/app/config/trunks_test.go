package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// writeTLS makes a certificate and its key in a folder.
func writeTLS(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"tls.pem": {Type: "CERTIFICATE", Bytes: certificate}, "tls.key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestExample loads the documented example with the files that it names.
func TestExample(t *testing.T) {
	dir := t.TempDir()
	writeTLS(t, dir)
	for _, name := range []string{"clickhouse-password", "hep-key", "agent-2001-key"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("hunter2-"+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	example, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := Parse("example.yaml", []byte(strings.ReplaceAll(string(example), "/etc/trunkline", dir)))
	if err != nil {
		t.Fatal(err)
	}
	table := cfg.Table()
	if n := table.Trunks[3].Captures[0]; n.ID != 2001 || n.Key != "hunter2-agent-2001-key" {
		t.Errorf("the agent is %d with another key", n.ID)
	}
	if r := table.Trunks[2].Numbers; len(r) != 2 || r[0].First != "4930101000" || r[0].Last != "4930101999" || r[1].First != r[1].Last {
		t.Errorf("numbers %+v", r)
	}
	if l := cfg.Listeners[1]; l.AuthKey.Reveal() != "hunter2-hep-key" || l.MaxDatagram != 16<<10 || l.RingSlots != 32_768 {
		t.Errorf("HEP listener has %d slots of %d", l.RingSlots, l.MaxDatagram)
	}
	if w := cfg.Warnings(); len(w) != 4 || !strings.Contains(w[0], "sbc.provider.example is shared by tenants (trunks fabrikam.sbc.provider.example, woodgrove.sbc.provider.example)") ||
		!strings.Contains(w[1], "listeners[2] (hep-tls): whoever reaches 0.0.0.0:9061 can send reports in a tenant's name: set tenant or auth_key_file, tls.client_ca_file") ||
		!strings.Contains(w[2], "listeners[3] (phones)") || !strings.Contains(w[3], "listeners[4] (phones-tcp)") {
		t.Errorf("warnings %q", w)
	}
	printed, err := yaml.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(printed), fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("shows a secret:\n%s", text)
		}
	}
}

const goodTrunks = `
listeners:
  - {name: hep, kind: hep, address: "0.0.0.0:9060"}
  - {name: own, kind: rtcp, address: "0.0.0.0:5005", tenant: contoso}
trunks:
  - tenant: contoso
    id: sbc.contoso.example
    fqdn: sbc.contoso.example
    numbers: ["+49301000-+49301999"]
    captures: [{id: 1, key_env: KEY}]
    listeners: [own]
`

func TestTrunkProblems(t *testing.T) {
	replace := func(old, with string) string {
		if !strings.Contains(goodTrunks, old) {
			t.Fatalf("no %q in the good configuration", old)
		}
		return strings.Replace(goodTrunks, old, with, 1)
	}
	for _, tc := range []struct{ name, yaml, want string }{
		{"good", goodTrunks, ""},
		{"network", replace("fqdn:", "addresses: [nowhere]\n    fqdn:"), `FILE:8: want an address range as 192.0.2.0/28 or one address, got "nowhere"`},
		{"every address", replace("fqdn:", "addresses: [0.0.0.0/0]\n    fqdn:"), `FILE:6: trunks[0]: `},
		{"numbers without plus", replace("+49301000-+", "49301000-+"), `FILE:9: want numbers as`},
		{"numbers fall", replace("+49301000-", "+49309000-"), `FILE:9: want numbers as`},
		{"unknown key", replace("fqdn:", "hostname:"), `FILE:8: trunks[0]: unknown key "hostname"`},
		{"tenant", replace("tenant: contoso\n    id", "tenant: Contoso!\n    id"), `FILE:6: trunks[0].tenant: is "Contoso!"`},
		{"no listener", replace("[own]", "[other]"), `FILE:11: trunks[0].listeners[0]: "other" is no listener's name`},
		{"another's listener", replace("tenant: contoso\n    id", "tenant: fabrikam\n    id"), `FILE:11: trunks[0].listeners[0]: listener "own" serves the tenant contoso alone`},
		{"no key", replace(", key_env: KEY", ""), `FILE:10: trunks[0].captures[0]: has no key`},
		{"variable not set", replace("KEY", "NOTHING"), `FILE:10: trunks[0].captures[0].key_env: the environment variable NOTHING is empty or not set`},
		{"two sources of a key", replace("key_env: KEY", "key_env: KEY, key_file: x"), `trunks[0].captures[0].key_file: stands beside trunks[0].captures[0].key_env`},
		{"key in the file", replace("key_env: KEY", "key: hunter2"), `FILE:10: a secret does not belong in the file`},
		{"no key file", replace("key_env: KEY", "key_file: /nowhere/key"), `trunks[0].captures[0].key_file: no such file: /nowhere/key`},
		{"id twice", goodTrunks + "  - {tenant: fabrikam, id: sbc.contoso.example, fqdn: b.example}\n", `FILE:12: trunks[1].id: "sbc.contoso.example" is another trunk's id`},
		{"shared numbers", goodTrunks + "  - {tenant: fabrikam, id: b, numbers: [\"+49301500\"]}\n", `FILE:6: trunks: `},
		{"no mark", goodTrunks + "  - {tenant: fabrikam, id: b}\n", `FILE:12: trunks[1]: `},
		{"transport", replace("kind: hep", "kind: hep, transport: sctp"), `FILE:3: listeners[0].transport: is "sctp", want udp, tcp or tls`},
		{"rtcp over tcp", replace("kind: rtcp", "kind: rtcp, transport: tcp"), `FILE:4: listeners[1].transport: is "tcp", and kind rtcp has udp only`},
		{"tls without a certificate", replace("kind: hep", "kind: hep, transport: tls"), `listeners[0].tls: want cert_file and key_file`},
		{"tls over tcp", replace("kind: hep", "kind: hep, transport: tcp, tls: {cert_file: a}"), `FILE:3: listeners[0].tls: is for transport tls`},
		{"datagram", replace("kind: hep", "kind: hep, max_datagram: 65KiB"), `FILE:3: listeners[0].max_datagram: is 66560`},
		{"key of rtcp", replace("kind: rtcp", "kind: rtcp, auth_key_env: KEY"), `listeners[1].auth_key_file: is for kind hep`},
		{"nobody's", "listeners: [{name: a, kind: hep, address: \":1\"}]\n", `FILE:1: listeners[0].tenant: is empty and there are no trunks`},
		{"trunk without a tenant", replace("kind: hep", "kind: hep, trunk: x"), `FILE:3: listeners[0].trunk: is "x" without a tenant`},
		{"attribution", goodTrunks + "attribution: {grace: 0s, max_waiting: 1}\n", `FILE:12: attribution.grace: is 0s, want 1s to 10m0s`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := write(t, tc.yaml)
			_, err := Load(Source{Path: path, Environ: []string{"KEY=hunter2"}})
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("got %v, want a refused configuration", err)
			}
			got := strings.ReplaceAll(err.Error(), path, "FILE")
			if !strings.Contains(got, tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if strings.Contains(got, "hunter2") {
				t.Error("the message shows a secret")
			}
		})
	}
}
