package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
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
	for _, want := range []string{"g711 with concealment, 2 % loss", "(standard)", "R-CQ    82.5281  satisfied", "Ie,eff   7.0111", "  Idd    0.1635"} {
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
		{"--codec SILK", "codec SILK has no rating: no values published by ITU-T", false},
		{"--codec G722 --loss 1", "codec G722 has no rating under loss: ITU-T G.113", false},
		{"--codec AMR-WB", "the name does not tell the mode: amr-wb-12.65 does", false},
		{"--scale hd", `--scale is "hd": expected nb, wb or fb`, true},
		{"--scale wb", "--scale wb needs a --codec: expected one of opus-wb-13, g722,", true},
		{"--scale fb --codec g711", "--codec g711 is rated on scale nb, not fb: scores of one scale mean nothing on another", true},
		{"--scale nb --codec opus", "--codec opus is rated on scale fb, not nb", true},
		{"--scale fb --codec x-unheard-of", "expected one of opus, opus-16,", true},
		{"--codec g729-main --loss 1", "no rating under loss", false},
	} {
		out, err := runCommand(t, newMOSCommand(), strings.Fields(c.args)...)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrUsage) != c.usage || out != "" {
			t.Errorf("%q: %v, printed %q", c.args, err, out)
		}
	}
}

// TestMOSScales computes on the other scales, LQ beside CQ.
func TestMOSScales(t *testing.T) {
	for _, c := range []struct {
		args               string
		scale              string
		r, mos, rLQ, mosLQ float64
		cq                 bool
	}{
		{"--scale wb --codec amr-wb-12.65-diotic --loss 2", "WB", 85.190476, 3.406179, 85.190476, 3.406179, false},
		{"--codec amr-wb-12.65 --ta-ms 100", "WB", 116, 4.337096, 116, 4.337096, true},
		{"--scale FB --codec evs-swb-24.4 --loss 2", "FB", 122.173134, 4.116612, 122.173134, 4.116612, false},
		{"--scale nb --ta-ms 400", "NB", 69.136119, 3.556227, 93.206208, 4.409406, true},
		{"--delay-ms 250", "NB", 79.177101, 3.992519, 93.206208, 4.409406, true},
		{"--delay-ms 0", "NB", 93.206208, 4.409406, 93.206208, 4.409406, true},
	} {
		out, err := runCommand(t, newMOSCommand(), append(strings.Fields(c.args), "--json")...)
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
			continue
		}
		var got struct {
			Scale string   `json:"scale"`
			R     float64  `json:"r"`
			MOS   float64  `json:"mos"`
			RLQ   float64  `json:"r_lq"`
			MOSLQ float64  `json:"mos_lq"`
			RCQ   *float64 `json:"r_cq"`
			MOSCQ *float64 `json:"mos_cq"`
			Grade *string  `json:"grade"`
			Iq    *float64 `json:"iq"`
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Errorf("%q: %v in %s", c.args, err, out)
			continue
		}
		near := func(got, want float64) bool { return math.Abs(got-want) < 2e-6 }
		if got.Scale != c.scale || !near(got.R, c.r) || !near(got.MOS, c.mos) || !near(got.RLQ, c.rLQ) || !near(got.MOSLQ, c.mosLQ) ||
			(got.RCQ != nil) != c.cq || (got.MOSCQ != nil) != c.cq || c.cq && (*got.RCQ != got.R || *got.MOSCQ != got.MOS) {
			t.Errorf("%q: %s, want %+v", c.args, out, c)
		}
		if narrow := c.scale == "NB"; (got.Grade != nil) != narrow || (got.Iq != nil) != narrow {
			t.Errorf("%q: %s: bands and narrowband terms are of NB alone", c.args, out)
		}
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// TestMOSGolden holds the printed pages.
func TestMOSGolden(t *testing.T) {
	for name, args := range map[string]string{
		"nb_conversational": "--plc --loss 2 --delay-ms 150",
		"nb_listening":      "--codec g729a --loss 1 --burst-ratio 2",
		"wb_diotic":         "--scale wb --codec amr-wb-12.65-diotic --loss 2 --ta-ms 250",
		"fb_opus":           "--codec opus --loss 1",
		"fb_evs":            "--scale fb --codec evs-swb-24.4 --loss 1 --ta-ms 250",
	} {
		out, err := runCommand(t, newMOSCommand(), strings.Fields(args)...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		file := filepath.Join("testdata", "mos", name+".golden")
		if *update {
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(out), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || string(want) != out {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", name, err, out, want)
		}
	}
}
