package clickhouse

import (
	"bytes"
	"context"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/schema"
)

// fill draws every field of a row struct, also those of embedded ones.
func fill(t *rapid.T, v reflect.Value) {
	for field, value := range v.Fields() {
		draw(t, field.Name, value)
	}
}

// draw draws one field at its extremes.
func draw(t *rapid.T, name string, v reflect.Value) {
	switch into := v.Addr().Interface().(type) {
	case *time.Time:
		*into = times().Draw(t, name)
	case *netip.AddrPort:
		*into = addrPorts().Draw(t, name)
	case *[]string:
		*into = rapid.SliceOfN(words(), 1, 3).Draw(t, name)
	case *[]byte:
		*into = []byte(words().Draw(t, name))
	case *schema.Fact:
		*into = schema.Fact{Source: words().Draw(t, name), Version: rapid.Uint64().Draw(t, name)}
	default:
		drawKind(t, name, v)
	}
}

func drawKind(t *rapid.T, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(words().Draw(t, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rapid.Uint64Max(1<<v.Type().Bits()-1).Draw(t, name))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, name))
	case reflect.Float64:
		v.SetFloat(figures().Draw(t, name).Or(-1))
	case reflect.Array:
		id := ids().Draw(t, name)
		reflect.Copy(v, reflect.ValueOf(id[:]))
	case reflect.Struct: // an Opt
		if rapid.Bool().Draw(t, name+" known") {
			v.FieldByName("OK").SetBool(true)
			draw(t, name, v.FieldByName("V"))
		}
	default:
		t.Fatalf("%s: no values for a %s", name, v.Type())
	}
}

// storedAlike writes rows with extreme values to the server, reads them back,
// and does the same with encoded blocks alone.
func storedAlike[R any](t *testing.T, c *Conn, table *Table[R]) {
	t.Run(table.Name(), func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			var row, got R
			fill(t, reflect.ValueOf(&row).Elem())
			a, b := table.NewBlock(), table.NewBlock()
			b.Append(&row)
			a.Extend(b)
			stamp := Stamp{Batch: schema.BatchID(ids().Draw(t, "batch")), IngestedAt: time.UnixMilli(1_795_000_000_000).UTC()}
			encoded, err := a.AppendNative(nil, stamp)
			if err != nil {
				t.Fatal(err)
			}
			var stamps []Stamp
			if err := decodeNative(stamped(table, &stamps), bytes.NewReader(encoded), 0, func(r *R) error { got = *r; return nil }); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, row) {
				t.Fatalf("decoded %+v\nwant    %+v", got, row)
			}
			if err := InsertBlock(context.Background(), c, a, stamp); err != nil {
				t.Fatal(err)
			}
			rows := 0
			err = Read(context.Background(), c, table, "WHERE batch_id = {batch:UUID}", Params{"batch": stamp.Batch.String()}, func(r *R) error {
				rows++
				got = *r
				return nil
			})
			if err != nil || rows != 1 || !reflect.DeepEqual(got, row) {
				t.Fatalf("%d rows, %v: read %+v\nwant %+v", rows, err, got, row)
			}
			if err := c.Exec(context.Background(), "TRUNCATE TABLE "+table.Name(), nil); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestCallRowsReadBack(t *testing.T) {
	c := openMigrated(t)
	storedAlike(t, c, SIPCalls)
	storedAlike(t, c, VoIPReports)
	storedAlike(t, c, Quarantine)
}

// TestNobodyOwnsQuarantine keeps a row from becoming visible to a tenant
// through a mistake of its writer's: there is no field that could name one.
func TestNobodyOwnsQuarantine(t *testing.T) {
	if _, ok := reflect.TypeFor[schema.Quarantined]().FieldByName("Tenant"); ok {
		t.Error("schema.Quarantined has a tenant")
	}
}

// TestWholeCallBeatsFragment writes a call, then what was made of a stray
// answer of it later: the call stays, although its moment is another one.
func TestWholeCallBeatsFragment(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	at := time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC)
	for i, row := range []schema.SIPCall{
		{Tenant: "acme", Time: at, CallID: "a", HasInvite: true, Outcome: "busy", Fact: schema.Fact{Version: schema.WholeCallVersion + 1}},
		{Tenant: "acme", Time: at.Add(time.Minute), CallID: "a", Outcome: "answered", Fact: schema.Fact{Version: 9e18 / 3}},
		{Tenant: "bolt", Time: at.Add(time.Minute), CallID: "a", Outcome: "answered", Fact: schema.Fact{Version: 1}},
	} {
		b := SIPCalls.NewBlock()
		b.Append(&row)
		if err := InsertBlock(ctx, c, b, Stamp{Batch: schema.BatchID{byte(i + 1)}, IngestedAt: at}); err != nil {
			t.Fatal(err)
		}
	}
	got := map[schema.TenantID]string{}
	err := Read(ctx, c, SIPCalls, "", nil, func(r *schema.SIPCall) error {
		got[r.Tenant] += r.Outcome
		return nil
	})
	if err != nil || len(got) != 2 || got["acme"] != "busy" || got["bolt"] != "answered" {
		t.Errorf("got %v, %v", got, err)
	}
}
