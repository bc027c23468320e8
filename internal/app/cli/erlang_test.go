package cli

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestErlangJSON(t *testing.T) {
	out, err := runCommand(t, newErlangCommand(), "--model", "c", "--calls", "100", "--interval", "30m", "--aht", "180s", "--agents", "14", "--target", "20s", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for name, want := range map[string]float64{"p_wait": 0.174131933595, "asa_s": 7.83593701178, "service_level": 0.888350019179, "occupancy": 5.0 / 7, "agents": 14} {
		if v, ok := got[name].(float64); !ok || math.Abs(v-want) > 1e-11*math.Max(1, want) {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	for _, name := range []string{"blocking", "p_abandon"} {
		if v, there := got[name]; !there || v != nil {
			t.Errorf("%s = %v, want null", name, v)
		}
	}
	if !strings.Contains(out, `"p_wait":0.174131933595,`) {
		t.Errorf("not 12 digits: %s", out)
	}
}

func TestErlangText(t *testing.T) {
	for _, tt := range []struct {
		args string
		want []string
	}{
		{"--calls 100 --aht 180s --for-service-level 0.8", []string{"agents                           14", "answered within 20 s             88.84 %"}},
		{"--model a --patience 2m --calls 200 --interval 1h --aht 3m --agents 10", []string{"give up                          13.75 %", "mean wait of all                 16.4957 s"}},
		{"--model b --calls 4.46 --interval 1s --aht 1s --for-blocking 0.01", []string{"agents     10", "blocked    0.9985 %"}},
		{"--calls 100 --aht 180s --agents 13 --for-service-level 0.8", []string{"agents                           13", "agents needed for the goal       14", "answered within 20 s             79.56 %"}},
		{"--model c --patience 60s --calls 100 --aht 180s --agents 14", []string{"not used", "answered within 20 s             88.84 %"}},
		{"--calls 100 --aht 180s --agents 10", []string{"have to wait          100 %", "grows without end"}},
	} {
		out, err := runCommand(t, newErlangCommand(), strings.Fields(tt.args)...)
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
		}
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", tt.args, want, out)
			}
		}
	}
}

func TestErlangUsage(t *testing.T) {
	for args, says := range map[string]string{
		"":                               "--calls is missing",
		"--calls 1":                      "--aht is missing",
		"--calls 1 --aht 1s":             "neither --agents nor a goal",
		"--calls -1 --aht 1s --agents 1": "--calls is -1",
		"--calls 1 --aht 1s --agents 0":  "0 agents",
		"--calls 1 --aht 1s --agents 1 --interval 0s":              "--interval",
		"--calls 1 --aht 1s --agents 1 --model d":                  "expected b, c or a",
		"--calls 1 --aht 1s --agents 1 --model a":                  "--patience is missing",
		"--calls 1 --aht 0s --agents 1":                            "--aht is 0s",
		"--calls 1 --aht 1s --for-blocking 0.1":                    "has no blocking",
		"--calls 1 --aht 1s --for-service-level 1":                 "below 1",
		"--calls 1 --aht 1s --for-service-level 0.8 --target -20s": "target",
		"--calls 1 --aht 1s --agents 1 --model a --patience -1s":   "--patience is -1s",
	} {
		if _, err := runCommand(t, newErlangCommand(), strings.Fields(args)...); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", args, err, says)
		}
	}
}
