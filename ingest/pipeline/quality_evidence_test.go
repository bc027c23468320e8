package pipeline

import (
	"net/netip"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// TestQualityReportsTellHowLossesCluster: a stream that was followed already
// gets the burst ratio of the quality report about it, and only there where the
// report's time covers it.
func TestQualityReportsTellHowLossesCluster(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch.Add(time.Minute)}
	p := setup{form: FormPublish, table: threeTenants, dir: t.TempDir()}.start(t, store, now)
	for i, at := range []time.Time{epoch.Add(-2 * time.Minute), epoch.Add(-90 * time.Second), epoch.Add(-30 * time.Second)} {
		p.live.o.Stripes.add(&report{source: p.live.o.Source, Observation: mediaqos.Observation{
			Tenant: "anna", At: at,
			Tap:   mediaqos.Tap{Src: netip.MustParseAddrPort("198.51.100.5:6001"), Dst: netip.MustParseAddrPort("198.51.100.6:7001")},
			Media: mediaqos.Media{Codec: "PCMA", Source: mediaqos.MediaSDP, ClockHz: 8000, PtimeMillis: 20},
			Wire: mediaqos.Wire{
				ReporterSSRC: 0x2468abcd, SourceSSRC: 0x1357abcd, PacketType: mediaqos.PacketTypeRR,
				ExtendedSeq: uint32(1000 + 1500*i), CumulativeLost: int32(40 * i),
			},
		}}, now.now, nil)
	}
	if err := submit(t, p, sessionReport("q", epoch), "anna.sbc.example"); err != nil {
		t.Fatal(err)
	}
	if len(store.media) != 1 {
		t.Fatalf("%d rows changed, want the one that the report covers", len(store.media))
	}
	for _, row := range store.media {
		if !row.Time.Equal(epoch.Add(-30*time.Second)) || row.BurstRatioSource != "estimated" || !(row.BurstRatio.V > 1) {
			t.Errorf("%s: burst ratio %v %q", row.Time, row.BurstRatio, row.BurstRatioSource)
		}
	}
	p.settle(now)
}

// TestFormatParametersChooseTheCodec: a single AMR-WB mode is rated as that
// mode.
func TestFormatParametersChooseTheCodec(t *testing.T) {
	for parameters, want := range map[string]string{"": "AMR-WB", "mode-set=0,2": "AMR-WB", "octet-align=1; mode-set=2": "AMR-WB 12.65"} {
		m := mediaOf(&attribution.Attribution{Codec: "AMR-WB", ClockHz: 16000, Parameters: parameters}, mediaqos.Media{})
		codec, _ := mediaqos.CodecOfFormat("AMR-WB", parameters)
		if m.Codec != codec.Name || (m.Codec == "AMR-WB") != (want == "AMR-WB") || m.ClockHz != 16000 || m.Source != mediaqos.MediaSDP {
			t.Errorf("%q: %+v, want %s", parameters, m, codec.Name)
		}
	}
}
