package cli

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestMOSJSON(t *testing.T) {
	for _, c := range []struct {
		args      string
		r, id, ie float64
		grade     string
	}{
		{"", 93.206208, .149046, 0, "very_satisfied"},
		{"--delay-ms 150", 89.539132, 3.816122, 0, "satisfied"},
		{"--ta-ms 150", 93.042677, .312577, 0, "very_satisfied"},
		{"--codec PCMA --plc --loss 2", 86.195138, .149046, 7.011070, "satisfied"},
		{"--codec g711 --loss 2", 63.047478, .149046, 30.158730, "many_dissatisfied"},
		{"--codec g729a --loss 5", 64.706208, .149046, 28.5, "many_dissatisfied"},
		{"--codec g711 --plc --loss 2 --delay-ms 150", 89.539132 - 7.011070, 3.816122, 7.011070, "satisfied"},
	} {
		out, err := runCommand(t, newMOSCommand(), append(strings.Fields(c.args), "--json")...)
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
			continue
		}
		var got struct {
			R     *float64 `json:"r"`
			MOS   *float64 `json:"mos"`
			IeEff *float64 `json:"ie_eff"`
			Id    *float64 `json:"id"`
			Is    *float64 `json:"is"`
			Ro    *float64 `json:"ro"`
			Grade string   `json:"grade"`
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || got.R == nil || got.MOS == nil || got.IeEff == nil || got.Id == nil || got.Is == nil || got.Ro == nil {
			t.Errorf("%q: %v in %s", c.args, err, out)
			continue
		}
		near := func(got, want float64) bool { return math.Abs(got-want) < 2e-6 }
		if !near(*got.R, c.r) || !near(*got.Id, c.id) || !near(*got.IeEff, c.ie) || !near(*got.Ro, 94.768822) || !near(*got.Is, 1.413568) || got.Grade != c.grade {
			t.Errorf("%q: %s, want %+v", c.args, out, c)
		}
	}
}

func TestMOSDelays(t *testing.T) {
	out, err := runCommand(t, newMOSCommand(), "--delay-ms", "100", "--ta-ms", "300", "--json")
	if err != nil || !strings.Contains(out, `"t_ms":100,"tr_ms":200,"ta_ms":300`) {
		t.Errorf("%s, %v", out, err)
	}
}

func TestMOSText(t *testing.T) {
	out, err := runCommand(t, newMOSCommand(), "--plc", "--loss", "2", "--delay-ms", "150")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"g711 with concealment, 2 % loss", "(standard)", "R       82.5281  satisfied", "Ie,eff   7.0111", "  Idd    0.1635"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestMOSRefuses(t *testing.T) {
	for _, c := range []struct {
		args, want string
		usage      bool
	}{
		{"--codec x-unheard-of", `--codec is "x-unheard-of": expected one of g711, g729,`, true},
		{"--loss -1", "--loss is -1: expected 0 to 100", true},
		{"--loss 101", "--loss is 101", true},
		{"--loss NaN", "--loss is NaN", true},
		{"--burst-ratio 0", "--burst-ratio is 0", true},
		{"--delay-ms +Inf", "--delay-ms is +Inf", true},
		{"--ta-ms -5", "--ta-ms is -5", true},
		{"--codec opus", "codec opus has no rating: no values published by ITU-T", false},
		{"--codec G722", "codec G722 has no rating: rated on the wideband scale", false},
		{"--codec g729-main --loss 1", "no rating under loss", false},
	} {
		out, err := runCommand(t, newMOSCommand(), strings.Fields(c.args)...)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrUsage) != c.usage || out != "" {
			t.Errorf("%q: %v, printed %q", c.args, err, out)
		}
	}
}
