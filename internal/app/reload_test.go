package app_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// TestReloadIsAllOrNothing: a configuration that cannot be read keeps the trunks
// of before and shows on the status page until one can.
func TestReloadIsAllOrNothing(t *testing.T) {
	t.Parallel()
	cfg := configureHEP(t, config.TransportUDP)
	a := start(t, cfg)
	slip := config.Problems{"trunkline.yaml:7: trunks[0].tenant: is empty"}
	if err := a.ReloadTrunks(t.Context(), func() (config.Config, error) { return config.Config{}, slip }); !errors.Is(err, config.ErrInvalid) {
		t.Fatalf("got %v, want the mistake", err)
	}
	twice := cfg
	twice.Trunks = append(slices.Clone(cfg.Trunks), cfg.Trunks[0])
	if err := a.ReloadTrunks(t.Context(), func() (config.Config, error) { return twice, nil }); err == nil {
		t.Fatal("a trunk that stands twice was taken")
	}
	if s := a.Status(); s.Attribution.Trunks != 3 || len(s.Problems) != 1 || !strings.Contains(s.Problems[0], "the trunks of before are in force") {
		t.Errorf("after mistakes: %+v, problems %q", s.Attribution, s.Problems)
	}
	if code, _ := get(t, a, "/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("readyz answers %d while the file is wrong", code)
	}
	less := cfg
	less.Trunks = cfg.Trunks[1:]
	if err := a.ReloadTrunks(t.Context(), func() (config.Config, error) { return less, nil }); err != nil {
		t.Fatal(err)
	}
	if s := a.Status(); s.Attribution.Trunks != 2 || len(s.Problems) != 0 {
		t.Errorf("after the reload: %+v, problems %q", s.Attribution, s.Problems)
	}
	drained(t, a)
	if got := text(t, store(t, cfg), "SELECT toString(tenant_id) FROM trunks FINAL ORDER BY tenant_id"); !slices.Equal(got, []string{"bert", "carl"}) {
		t.Errorf("trunks of %q, want the one that is gone marked so", got)
	}
}

// TestReloadWithoutAttribution: trunks cannot be put in force where no listener
// asks for them, and that is said.
func TestReloadWithoutAttribution(t *testing.T) {
	t.Parallel()
	cfg := configure(t)
	a := start(t, cfg)
	with := cfg
	with.Trunks = sharedTrunks
	if err := a.ReloadTrunks(t.Context(), func() (config.Config, error) { return with, nil }); !errors.Is(err, app.ErrTrunks) {
		t.Errorf("got %v, want ErrTrunks", err)
	}
	if err := a.ReloadTrunks(t.Context(), func() (config.Config, error) { return cfg, nil }); err != nil {
		t.Errorf("no trunks before and after: %v", err)
	}
}
