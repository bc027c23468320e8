package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// TestHangupReloadsTrunks: at each signal the file is read anew; one that is
// wrong changes nothing and becomes a problem until it is right again.
func TestHangupReloadsTrunks(t *testing.T) {
	dir := t.TempDir()
	write := func(trunks ...string) string {
		text := fmt.Sprintf("clickhouse: {dsn: \"http://default@127.0.0.1:1/nothing\"}\njournal: {dir: %q}\nhttp: {address: \"127.0.0.1:0\"}\n"+
			"listeners: [{name: hep, kind: hep, transport: tcp, address: \"127.0.0.1:0\"}]\ntrunks:\n", dir+"/journal")
		for _, host := range trunks {
			text += fmt.Sprintf("  - {tenant: contoso, id: %s, fqdn: %s}\n", host, host)
		}
		return writeTestFile(t, dir, "trunkline.yaml", text)
	}
	load := func() (config.Config, error) { return config.Load(config.Source{Path: dir + "/trunkline.yaml"}) }
	write("a.example")
	cfg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	signals, ctx := make(chan os.Signal), t.Context()
	go reloadOn(ctx, signals, a, load)
	defer func() {
		stopping, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := a.Stop(stopping); err != nil {
			t.Error(err)
		}
	}()
	// A second signal is taken when the first has been dealt with.
	hangup := func() {
		signals <- os.Interrupt
		signals <- os.Interrupt
	}
	problem := func() string {
		for _, p := range a.Status().Problems {
			if strings.Contains(p, "reload") {
				return p
			}
		}
		return ""
	}
	write("a.example", "b.example")
	hangup()
	if n := a.Status().Attribution.Trunks; n != 2 || problem() != "" {
		t.Errorf("%d trunks, problem %q", n, problem())
	}
	write("a.example", "a.example")
	hangup()
	if n := a.Status().Attribution.Trunks; n != 2 || !strings.Contains(problem(), `trunkline.yaml:7: trunks[1].id: "a.example" is another trunk's id`) {
		t.Errorf("%d trunks, problem %q", n, problem())
	}
	write("b.example")
	hangup()
	if n := a.Status().Attribution.Trunks; n != 1 || problem() != "" {
		t.Errorf("%d trunks, problem %q", n, problem())
	}
}
