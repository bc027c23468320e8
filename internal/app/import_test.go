package app_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic/captures"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// startImporter runs an App that only imports.
func startImporter(t *testing.T) (*app.App, *clickhouse.Conn) {
	t.Helper()
	cfg := configure(t)
	if err := app.Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	a, err := app.New(cfg, app.Options{Logger: app.NewLogger(config.Log{Level: "warn"}, t.Output())})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.StartStorage(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := app.OpenStore(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = store.Close()
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a, store
}

// importAll imports a capture and waits until it is stored.
func importAll(t *testing.T, a *app.App, name string, data []byte) {
	t.Helper()
	r, err := pcap.NewReader(bytes.NewReader(data), pcap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	source := &pipeline.Source{
		Name: name, Kind: pipeline.KindPcap, Tenant: "contoso",
		Media: mediaqos.Media{Codec: "PCMU", ClockHz: 8000, Source: mediaqos.MediaConfig},
	}
	if _, err := a.Import(t.Context(), source, r); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

// table reads what holds, with the columns left out that say when and by which
// file a row came.
func table(t *testing.T, store *clickhouse.Conn) []schema.MediaReport {
	t.Helper()
	var rows []schema.MediaReport
	err := clickhouse.Read(t.Context(), store, clickhouse.MediaReports, "ORDER BY time, report_id", nil, func(row *schema.MediaReport) error {
		r := *row
		r.Taps = append([]string(nil), row.Taps...)
		r.Version, r.Source = 0, ""
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// relayed is the capture of a call on both sides of a relay.
func relayed(t *testing.T) []byte {
	t.Helper()
	return recorded(t, "rtpengine_rtcp_wire")
}

// recorded is one of the committed captures.
func recorded(t *testing.T, name string) []byte {
	t.Helper()
	all, err := captures.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Name == name {
			return c.Data
		}
	}
	t.Fatal("no capture")
	return nil
}

func TestImportTwiceChangesNothing(t *testing.T) {
	a, store := startImporter(t)
	importAll(t, a, "call.pcap", relayed(t))
	once := table(t, store)
	stored := count(t, store, "SELECT count() FROM media_reports")
	importAll(t, a, "call.pcap", relayed(t))
	if diff := cmp.Diff(once, table(t, store), addresses); diff != "" {
		t.Errorf("the second import changed rows:\n%s", diff)
	}
	if again := count(t, store, "SELECT count() FROM media_reports"); again != stored || len(once) != 19 {
		t.Errorf("%d rows physically, %d before; %d facts, want 19", again, stored, len(once))
	}
}

// TestImportOfSIPTwiceChangesNothing imports a capture with SIP, quality reports
// and RTCP twice, and once under another name.
func TestImportOfSIPTwiceChangesNothing(t *testing.T) {
	a, store := startImporter(t)
	data := recorded(t, "linphone_xr_vqrtcpxr")
	physical := func() [3]uint64 {
		return [3]uint64{
			count(t, store, "SELECT count() FROM media_reports"), count(t, store, "SELECT count() FROM sip_calls"), count(t, store, "SELECT count() FROM voip_reports"),
		}
	}
	importAll(t, a, "call.pcap", data)
	once := physical()
	if once[1] != 1 || count(t, store, "SELECT count() FROM sip_calls WHERE call_id = 'Ixq2alEeku' AND outcome = 'answered'") != 1 {
		t.Errorf("%d calls", once[1])
	}
	if n := count(t, store, "SELECT count() FROM voip_reports WHERE call_id = 'Ixq2alEeku' AND transport = 'udp'"); n != 8 {
		t.Errorf("%d sections of quality reports, want 8", n)
	}
	if n := count(t, store, "SELECT count() FROM media_reports WHERE call_id = 'Ixq2alEeku' AND clock_source = 'sdp'"); n != once[0] || n == 0 {
		t.Errorf("%d of %d reports have the call and codec of the SIP", n, once[0])
	}
	importAll(t, a, "call.pcap", data)
	if again := physical(); again != once {
		t.Errorf("rows of media, calls and quality reports: %v, %v before", again, once)
	}
	importAll(t, a, "copy.pcap", data)
	final := [3]uint64{
		count(t, store, "SELECT count() FROM media_reports FINAL"), count(t, store, "SELECT count() FROM sip_calls FINAL"), count(t, store, "SELECT count() FROM voip_reports FINAL"),
	}
	if final != once {
		t.Errorf("as a copy: %v that hold, %v before", final, once)
	}
}

// TestRotatedCapturesInAnyOrder cuts a capture in two and imports the parts in
// both orders: the rows must be those of the whole.
func TestRotatedCapturesInAnyOrder(t *testing.T) {
	data := relayed(t)
	whole, store := startImporter(t)
	importAll(t, whole, "whole.pcap", data)
	want := table(t, store)
	first, second := cut(t, data)
	for name, order := range map[string][2][]byte{"in order": {first, second}, "later part first": {second, first}} {
		t.Run(name, func(t *testing.T) {
			a, store := startImporter(t)
			importAll(t, a, "a.pcap", order[0])
			importAll(t, a, "b.pcap", order[1])
			if diff := cmp.Diff(want, table(t, store), addresses); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// addresses compares netip values by what they print.
var addresses = cmp.Comparer(func(a, b interface{ String() string }) bool { return a.String() == b.String() })

// cut divides a pcapng file in the middle of its packets: both parts get the
// blocks that come before the first packet.
func cut(t *testing.T, data []byte) (first, second []byte) {
	t.Helper()
	const enhancedPacket = 6
	var packets []int
	for at := 0; at+8 <= len(data); at += int(binary.LittleEndian.Uint32(data[at+4:])) {
		if binary.LittleEndian.Uint32(data[at:]) == enhancedPacket {
			packets = append(packets, at)
		}
	}
	if len(packets) < 4 {
		t.Fatalf("%d packets, want more to cut", len(packets))
	}
	middle := packets[len(packets)/2]
	return data[:middle], append(append([]byte(nil), data[:packets[0]]...), data[middle:]...)
}

// count asks for one number.
func count(t *testing.T, store *clickhouse.Conn, sql string) (n uint64) {
	t.Helper()
	err := store.Query(t.Context(), sql, nil, func(scan func(...any) error) error { return scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}
