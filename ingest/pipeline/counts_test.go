package pipeline

import (
	"reflect"
	"testing"
)

// TestCountsAddEveryField: a counter that Add forgets would stand still on every
// page.
func TestCountsAddEveryField(t *testing.T) {
	var one, sum Counts
	n := uint64(0)
	fill := func(v reflect.Value) {
		if v.Kind() != reflect.Array {
			n++
			v.SetUint(n)
			return
		}
		for i := range v.Len() {
			n++
			v.Index(i).SetUint(n)
		}
	}
	v := reflect.ValueOf(&one).Elem()
	for i := range v.NumField() {
		fill(v.Field(i))
	}
	sum.Add(&one)
	for i := range v.NumField() {
		if got, want := reflect.ValueOf(sum).Field(i).Interface(), v.Field(i).Interface(); got != want {
			t.Errorf("%s: %v, want %v", v.Type().Field(i).Name, got, want)
		}
	}
}
