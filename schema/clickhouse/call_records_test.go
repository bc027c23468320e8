package clickhouse

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

func TestCallRecordColumnsMatchDDL(t *testing.T) {
	c := openMigrated(t)
	checkColumns(t, c, CallRecords)
	checkColumns(t, c, CallSessions)
	checkColumns(t, c, CallSegments)
	checkColumns(t, c, CallMediaStreams)
	checkColumns(t, c, DirectRoutingCalls)
	checkColumns(t, c, PSTNCalls)
}

// fillRow draws every field of a row, those of structs within it too.
func fillRow(t *rapid.T, name string, v reflect.Value) {
	switch into := v.Addr().Interface().(type) {
	case *time.Time:
		*into = times().Draw(t, name)
		return
	case *[]string:
		*into = rapid.SliceOfN(words(), 1, 3).Draw(t, name)
		return
	case *schema.Fact:
		*into = schema.Fact{Source: words().Draw(t, name), IsSynthetic: true, Version: rapid.Uint64().Draw(t, name)}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(words().Draw(t, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rapid.Uint64Max(1<<v.Type().Bits()-1).Draw(t, name))
	case reflect.Int32, reflect.Int64:
		v.SetInt(rapid.Int64Range(-1<<31, 1<<31-1).Draw(t, name))
	case reflect.Float64:
		v.SetFloat(figures().Draw(t, name).Or(-1))
	case reflect.Struct:
		known := v.FieldByName("OK")
		if known.IsValid() && !rapid.Bool().Draw(t, name+" known") {
			return
		}
		for field, value := range v.Fields() {
			fillRow(t, name+"."+field.Name, value)
		}
		if known.IsValid() {
			known.SetBool(true)
		}
	default:
		t.Fatalf("%s is a %s", name, v.Type())
	}
}

// readBack stores rows with fields at their extremes and reads them back. id is
// the field that makes the rows differ.
func readBack[R any](t *testing.T, c *Conn, table *Table[R], id string) {
	const rows = 60
	generator := rapid.Custom(func(t *rapid.T) (row R) {
		fillRow(t, table.Name(), reflect.ValueOf(&row).Elem())
		return row
	})
	b := table.NewBlock()
	want := make([]R, rows)
	for i := range rows {
		want[i] = generator.Example(i)
		v := reflect.ValueOf(&want[i]).Elem()
		v.FieldByName(id).SetString(fmt.Sprintf("%02d", i))
		v.FieldByName("Time").Set(reflect.ValueOf(time.Date(2026, 11, 1, 0, 0, 0, i*1000, time.UTC))) // one partition
		b.Append(&want[i])
	}
	if err := InsertBlock(t.Context(), c, b, Stamp{Batch: schema.BatchID{1}, IngestedAt: time.UnixMilli(1_795_000_000_000)}); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := Read(t.Context(), c, table, "ORDER BY time", nil, func(got *R) error {
		if n < rows && !reflect.DeepEqual(*got, want[n]) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", table.Name(), *got, want[n])
		}
		n++
		return nil
	})
	if err != nil || n != rows {
		t.Errorf("%s: %d rows, %v", table.Name(), n, err)
	}
}

func TestCallRecordRowsReadBack(t *testing.T) {
	c := openMigrated(t)
	readBack(t, c, CallRecords, "RecordID")
	readBack(t, c, CallSessions, "SessionID")
	readBack(t, c, CallSegments, "SegmentID")
	readBack(t, c, CallMediaStreams, "SegmentID")
	readBack(t, c, DirectRoutingCalls, "RowID")
	readBack(t, c, PSTNCalls, "RowID")
}

// storeCall writes a record of a version with so many streams.
func storeCall(t *testing.T, c *Conn, version uint64, start time.Time, streams int, hasSessions bool) {
	t.Helper()
	fact := schema.Fact{Source: "test", Version: schema.CallRecordVersion(version, hasSessions, true)}
	records, sessions, segments, media := CallRecords.NewBlock(), CallSessions.NewBlock(), CallSegments.NewBlock(), CallMediaStreams.NewBlock()
	records.Append(&schema.CallRecord{
		Tenant: "acme", Time: start, RecordID: "r", RecordVersion: version, HasSessions: hasSessions, IsComplete: true, Type: fmt.Sprint("v", version), Streams: uint32(streams), Fact: fact,
	})
	ctx, stamp := t.Context(), Stamp{Batch: schema.BatchID(uuid.New()), IngestedAt: start}
	if hasSessions {
		for _, id := range []string{"s1", fmt.Sprint("s", version)} {
			sessions.Append(&schema.CallSession{Tenant: "acme", Time: start, RecordID: "r", RecordVersion: version, SessionID: schema.CallSessionID(id), Fact: fact})
			segments.Append(&schema.CallSegment{Tenant: "acme", Time: start, RecordID: "r", RecordVersion: version, SessionID: schema.CallSessionID(id), SegmentID: "g", Fact: fact})
		}
		for i := range streams {
			media.Append(&schema.CallMediaStream{
				Tenant: "acme", Time: start, RecordID: "r", RecordVersion: version, SessionID: "s1", SegmentID: "g", StreamIndex: uint16(i),
				HasStream: true, MediaKind: "audio", StreamID: fmt.Sprint("x", i), Fact: fact,
			})
		}
		media.Append(&schema.CallMediaStream{Tenant: "acme", Time: start, RecordID: "r", RecordVersion: version, SessionID: "s1", SegmentID: "g", MediaIndex: 1, Fact: fact})
		for _, err := range []error{InsertBlock(ctx, c, sessions, stamp), InsertBlock(ctx, c, segments, stamp), InsertBlock(ctx, c, media, stamp)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := InsertBlock(ctx, c, records, stamp); err != nil {
		t.Fatal(err)
	}
}

// TestViewsShowTheVersionThatHolds stores two versions of a call in both
// orders. The second has one stream fewer and another beginning, so that
// children of the first stay beside its own in the tables.
func TestViewsShowTheVersionThatHolds(t *testing.T) {
	start := time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC)
	first := func(c *Conn) { storeCall(t, c, 1, start, 3, true) }
	second := func(c *Conn) { storeCall(t, c, 2, start.Add(-time.Second), 2, true) }
	moved := func(c *Conn) { storeCall(t, c, 2, start.Add(time.Minute), 2, true) } // into another month
	entry := func(c *Conn) { storeCall(t, c, 9, start, 0, false) }
	c := openMigrated(t)
	tables := []string{"call_records", "call_sessions", "call_segments", "call_media_streams"}
	for name, versions := range map[string][]func(*Conn){
		"in order": {first, second}, "second first": {second, first}, "another month": {first, moved}, "another month, second first": {moved, first},
		"an entry of a list with a higher version": {second, first, entry}, "the entry first": {entry, first, second}, "twice": {second, first, second, first},
	} {
		t.Run(name, func(t *testing.T) {
			for _, table := range tables {
				if err := c.Exec(t.Context(), "TRUNCATE TABLE "+table, nil); err != nil {
					t.Fatal(err)
				}
			}
			for _, store := range versions {
				store(c)
			}
			check := func() {
				t.Helper()
				for sql, want := range map[string]string{
					"SELECT arraySort(groupArray(concat(type, ' ', toString(record_version), ' ', toString(streams)))) FROM call_records_now": "v2 2 2",
					"SELECT arraySort(groupArray(concat(toString(record_version), session_id))) FROM call_sessions_now":                       "2s1,2s2",
					"SELECT arraySort(groupArray(concat(toString(record_version), session_id))) FROM call_segments_now":                       "2s1,2s2",
					"SELECT arraySort(groupArray(concat(toString(record_version), stream_id))) FROM call_media_streams_now":                   "2x0,2x1",
					"SELECT [concat(toString(sum(streams)), ' ', toString(sum(cqd_legacy_unclassified)))] FROM call_quality_hours":            "2 2",
					"SELECT groupArray(concat(toString(audio_streams), ' ', cqd, ' ', cqd_legacy)) FROM call_quality":                         "2 unclassified unclassified",
				} {
					var got []string
					if err := c.Query(t.Context(), sql, nil, func(scan func(...any) error) error { return scan(&got) }); err != nil {
						t.Fatal(err)
					}
					if strings.Join(got, ",") != want {
						t.Errorf("%s: got %q, want %q", sql, got, want)
					}
				}
			}
			check()
			for _, table := range tables {
				if err := c.Exec(t.Context(), "OPTIMIZE TABLE "+table+" FINAL", nil); err != nil {
					t.Fatal(err)
				}
			}
			check() // merged parts say the same
		})
	}
}

// TestClassesOfViewAreThoseOfMediaQoS compares the SQL of call_stream_quality
// with the Go of mediaqos over figures at, above and below every bound.
func TestClassesOfViewAreThoseOfMediaQoS(t *testing.T) {
	c := openMigrated(t)
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	want := map[uint32][4]string{}
	streams := CallMediaStreams.NewBlock()
	fact := schema.Fact{Version: schema.CallRecordVersion(1, true, true)}
	near := func(bound float64) []schema.Opt[float64] {
		return []schema.Opt[float64]{{}, {}, schema.Some(0.0), schema.Some(bound), schema.Some(bound * 1.000001), schema.Some(bound * 0.999999)}
	}
	pick := func(i *int, from []schema.Opt[float64]) schema.Opt[float64] {
		// A walk that meets most pairs of values: steps without common factors.
		*i = *i*1_103_515_245 + 12_345
		return from[(*i>>16&0x7fff)%len(from)]
	}
	kinds := []string{"audio", "audio", "audio", "video", "vbss", "appsharing", ""}
	packets := []schema.Opt[int64]{{}, schema.Some[int64](0), schema.Some[int64](500), schema.Some[int64](501), schema.Some[int64](9999)}
	seed := 1
	for n := range uint32(20_000) {
		row := schema.CallMediaStream{
			Tenant: "acme", Time: at, RecordID: "r", RecordVersion: 1, SessionID: schema.CallSessionID(fmt.Sprint(n)), HasStream: true,
			MediaKind: kinds[int(n)%len(kinds)], Fact: fact,
		}
		row.PacketUtilization = packets[int(n/7)%len(packets)]
		row.RTTMillis, row.LossRatio, row.JitterMillis = pick(&seed, near(500)), pick(&seed, near(0.1)), pick(&seed, near(30))
		row.DegradationMOS, row.ConcealedRatio = pick(&seed, near(1)), pick(&seed, near(0.07))
		row.VideoFrameLossPercent, row.PostFECLossRatio = pick(&seed, near(50)), pick(&seed, near(0.15))
		row.VideoFramesPerSecond = pick(&seed, append(near(7), near(2)...))
		s := mediaqos.CQDStream{
			Kind: mediaqos.CQDMedia(row.MediaKind), Packets: row.PacketUtilization, RTTMillis: row.RTTMillis, LossRatio: row.LossRatio, JitterMillis: row.JitterMillis,
			DegradationMOS: row.DegradationMOS, ConcealedRatio: row.ConcealedRatio, FrameLossPercent: row.VideoFrameLossPercent,
			FramesPerSecond: row.VideoFramesPerSecond, PostFECLossRatio: row.PostFECLossRatio,
		}
		now, legacy := mediaqos.CQD(&s), mediaqos.CQDLegacy(&s)
		want[n] = [4]string{now.Class.String(), now.Reasons.String(), legacy.Class.String(), legacy.Reasons.String()}
		streams.Append(&row)
	}
	records := CallRecords.NewBlock()
	records.Append(&schema.CallRecord{Tenant: "acme", Time: at, RecordID: "r", RecordVersion: 1, HasSessions: true, Fact: fact})
	ctx := context.Background()
	if err := InsertBlock(ctx, c, streams, Stamp{IngestedAt: at}); err != nil {
		t.Fatal(err)
	}
	if err := InsertBlock(ctx, c, records, Stamp{IngestedAt: at}); err != nil {
		t.Fatal(err)
	}
	seen, classes, wrong := 0, map[string]int{}, 0
	err := c.Query(ctx, `SELECT toUInt32(session_id), cqd, arrayStringConcat(cqd_reasons, ','), cqd_legacy, arrayStringConcat(cqd_legacy_reasons, ',') FROM call_stream_quality`, nil,
		func(scan func(...any) error) error {
			var n uint32
			var got [4]string
			if err := scan(&n, &got[0], &got[1], &got[2], &got[3]); err != nil {
				return err
			}
			seen++
			classes[got[0]]++
			classes["legacy "+got[2]]++
			if got != want[n] && wrong < 10 {
				wrong++
				t.Errorf("stream %d: the view says %q, mediaqos %q", n, got, want[n])
			}
			return nil
		})
	if err != nil || seen != len(want) {
		t.Fatalf("%d streams, %v", seen, err)
	}
	if len(classes) != 6 || slices.Contains([]int{classes["good"], classes["poor"], classes["unclassified"]}, 0) {
		t.Errorf("not every class occurs: %v", classes)
	}
}
