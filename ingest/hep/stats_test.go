package hep_test

import (
	"reflect"
	"testing"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// TestStatsAdd gives every counter a value of its own and adds the struct to
// itself: a counter that Add forgets is not doubled.
func TestStatsAdd(t *testing.T) {
	var d hep.DecoderStats
	number(reflect.ValueOf(&d).Elem(), new(uint64))
	od := d
	d.Add(&od)
	doubled(t, reflect.ValueOf(d), reflect.ValueOf(od))

	var s hep.ScannerStats
	number(reflect.ValueOf(&s).Elem(), new(uint64))
	os := s
	s.Add(&os)
	doubled(t, reflect.ValueOf(s), reflect.ValueOf(os))
}

func number(v reflect.Value, n *uint64) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			number(v.Field(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			number(v.Index(i), n)
		}
	default:
		*n++
		v.SetUint(*n)
	}
}

func doubled(t *testing.T, v, once reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		got, was := v.Field(i), once.Field(i)
		if got.Kind() == reflect.Array {
			for j := range got.Len() {
				if got.Index(j).Uint() != 2*was.Index(j).Uint() {
					t.Errorf("%s[%d] is not added", v.Type().Field(i).Name, j)
				}
			}
		} else if got.Uint() != 2*was.Uint() {
			t.Errorf("%s is not added", v.Type().Field(i).Name)
		}
	}
}
