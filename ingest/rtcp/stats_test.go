package rtcp

import (
	"reflect"
	"testing"
)

func TestStats(t *testing.T) {
	inputs := [][]byte{
		chain(srBytes, sdesBytes),
		chain(rrBytes, xrBytes, nackBytes),
		chain(byeBytes, appBytes),
		chain(srBytes, set(rrBytes, 0, 0x9f)),                 // malformed RR
		chain(srBytes, sdesBytes, []byte{0}),                  // trailing byte
		sealed(1, chain(srBytes, sdesBytes), 3, false, 0, 10), // SRTCP
		{0x80, 8, 0, 0},                                       // RTP
	}
	var all, a, b Stats
	var d Datagram
	for i, in := range inputs {
		half := &a
		if i%2 == 1 {
			half = &b
		}
		half.Count(&d, d.Decode(in))
		all.Count(&d, d.Decode(in))
	}
	want := Stats{
		Datagrams: 7, RTCP: 5, Encrypted: 1, Refused: 1, Malformed: 2,
		SenderReports: 3, ReceiverReports: 2, SourceDescriptions: 2, Goodbyes: 1, Applications: 1, ExtendedReports: 1, OtherPackets: 1,
		MalformedPackets: 1, ReportBlocks: 5, XRBlocks: 2, CNAMEs: 4, OtherSDESItems: 2,
	}
	want.Faults[ReasonBody] = 1
	want.Faults[ReasonTrailing] = 1
	want.Faults[ReasonPacketType] = 1
	if all != want {
		t.Errorf("got  %+v\nwant %+v", all, want)
	}
	a.Add(&b)
	if a != want {
		t.Errorf("sum of two: got %+v", a)
	}
}

// TestStatsAddSumsEveryField goes by the type, so that a new counter cannot be
// forgotten.
func TestStatsAddSumsEveryField(t *testing.T) {
	var one Stats
	next := uint64(0)
	each(reflect.ValueOf(&one).Elem(), func(v reflect.Value) { next++; v.SetUint(next) })
	two := one
	two.Add(&one)
	want := uint64(0)
	each(reflect.ValueOf(&two).Elem(), func(v reflect.Value) {
		if want++; v.Uint() != 2*want {
			t.Errorf("counter %d of %+v: got %d, want %d", want, one, v.Uint(), 2*want)
		}
	})
}

// each visits the counters of a struct in order.
func each(v reflect.Value, f func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Uint64:
		f(v)
	case reflect.Struct:
		for i := range v.NumField() {
			each(v.Field(i), f)
		}
	case reflect.Array:
		for i := range v.Len() {
			each(v.Index(i), f)
		}
	}
}
