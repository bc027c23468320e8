package clickhouse

import (
	"net/netip"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/google/uuid"

	"github.com/trunkline-cc/trunkline/schema"
)

// column describes one column of a table whose rows are R.
type column[R any] struct {
	name string
	// make returns an empty column and the functions that work on it.
	make func() cells[R]
}

// cells are the values of one column in one block.
type cells[R any] struct {
	data proto.Column
	// append takes the value from a row.
	append func(row *R)
	// load puts value i into a row.
	load func(i int, row *R)
	// extend appends all values of the same column of another block.
	extend func(other proto.Column)
}

// of makes a column from a constructor of its values and accessors of the
// row's field.
func of[R, T any, C proto.ColumnOf[T]](name string, newData func() C, get func(*R) T, set func(*R, T)) column[R] {
	return column[R]{name: name, make: func() cells[R] {
		data := newData()
		return cells[R]{
			data:   data,
			append: func(row *R) { data.Append(get(row)) },
			load:   func(i int, row *R) { set(row, data.Row(i)) },
			extend: func(other proto.Column) {
				from := other.(C)
				for i := range from.Rows() {
					data.Append(from.Row(i))
				}
			},
		}
	}}
}

// plain is a column whose values are those of a field.
func plain[R, T any, C proto.ColumnOf[T]](name string, newData func() C, field func(*R) *T) column[R] {
	return of(name, newData, func(r *R) T { return *field(r) }, func(r *R, v T) { *field(r) = v })
}

// nullable is a column of a field that may be unknown.
func nullable[R, T any, C proto.ColumnOf[T]](name string, newData func() C, field func(*R) *schema.Opt[T]) column[R] {
	return of(name, func() *proto.ColNullable[T] { return proto.NewColNullable[T](newData()) },
		func(r *R) proto.Nullable[T] {
			o := field(r)
			return proto.Nullable[T]{Set: o.OK, Value: o.V}
		},
		func(r *R, v proto.Nullable[T]) {
			// What a server sends under a NULL is anything: where a DEFAULT made
			// the NULL it is the value that it was made of.
			*field(r) = schema.Opt[T]{}
			if v.Set {
				*field(r) = schema.Some(v.Value)
			}
		})
}

// text is a String column of any string type.
func text[R any, S ~string](name string, field func(*R) *S) column[R] {
	return of(name, newOf[proto.ColStr], func(r *R) string { return string(*field(r)) }, func(r *R, v string) { *field(r) = S(v) })
}

// word is a LowCardinality(String) column: names of which a table has few.
func word[R any, S ~string](name string, field func(*R) *S) column[R] {
	return of(name, newWordColumn,
		func(r *R) string { return string(*field(r)) }, func(r *R, v string) { *field(r) = S(v) })
}

// id is a UUID column of a 16-byte identifier.
func id[R any, T ~[16]byte](name string, field func(*R) *T) column[R] {
	return of(name, newOf[proto.ColUUID], func(r *R) uuid.UUID { return uuid.UUID(*field(r)) }, func(r *R, v uuid.UUID) { *field(r) = T(v) })
}

// truth is a UInt8 column of a bool, where an engine wants a number.
func truth[R any](name string, field func(*R) *bool) column[R] {
	return of(name, newOf[proto.ColUInt8],
		func(r *R) uint8 {
			if *field(r) {
				return 1
			}
			return 0
		},
		func(r *R, v uint8) { *field(r) = v != 0 })
}

// micros is a DateTime64(6, 'UTC') column; below a microsecond times are cut
// off towards the past.
func micros[R any](name string, field func(*R) *time.Time) column[R] {
	return column[R]{name: name, make: func() cells[R] {
		data := newDateTime64(proto.PrecisionMicro)
		return cells[R]{
			data:   data,
			append: func(row *R) { data.AppendRaw(proto.DateTime64(field(row).UnixMicro())) },
			load:   func(i int, row *R) { *field(row) = time.UnixMicro(int64(data.Data[i])).UTC() },
			extend: func(other proto.Column) { data.Data = append(data.Data, other.(*proto.ColDateTime64).Data...) },
		}
	}}
}

// ip is the address of an AddrPort as Nullable(IPv6), IPv4 as mapped; the zero
// AddrPort is NULL. It is loaded before the port.
func ip[R any](name string, field func(*R) *netip.AddrPort) column[R] {
	return of(name, func() *proto.ColNullable[proto.IPv6] { return proto.NewColNullable[proto.IPv6](new(proto.ColIPv6)) },
		func(r *R) proto.Nullable[proto.IPv6] {
			addr := field(r).Addr()
			if !addr.IsValid() {
				return proto.Nullable[proto.IPv6]{}
			}
			return proto.NewNullable(proto.IPv6(addr.As16()))
		},
		func(r *R, v proto.Nullable[proto.IPv6]) {
			addr := netip.Addr{}
			if v.Set {
				addr = netip.AddrFrom16(v.Value).Unmap()
			}
			*field(r) = netip.AddrPortFrom(addr, field(r).Port())
		})
}

// port is the port of an AddrPort; NULL where the address is.
func port[R any](name string, field func(*R) *netip.AddrPort) column[R] {
	return of(name, func() *proto.ColNullable[uint16] { return proto.NewColNullable[uint16](new(proto.ColUInt16)) },
		func(r *R) proto.Nullable[uint16] {
			return proto.Nullable[uint16]{Set: field(r).Addr().IsValid(), Value: field(r).Port()}
		},
		func(r *R, v proto.Nullable[uint16]) { *field(r) = netip.AddrPortFrom(field(r).Addr(), v.Value) })
}

func newOf[T any]() *T { return new(T) }

func newDateTime64(p proto.Precision) *proto.ColDateTime64 {
	return new(proto.ColDateTime64).WithPrecision(p).WithLocation(time.UTC)
}

// figure is a Nullable(Float64) column of any table.
func figure[R any](name string, field func(*R) *schema.Opt[float64]) column[R] {
	return nullable(name, newOf[proto.ColFloat64], field)
}

// optMicros is a Nullable(DateTime64(6, 'UTC')) column; below a microsecond
// times are cut off towards the past.
func optMicros[R any](name string, field func(*R) *schema.Opt[time.Time]) column[R] {
	return column[R]{name: name, make: func() cells[R] {
		values := newDateTime64(proto.PrecisionMicro)
		data := proto.NewColNullable[time.Time](values)
		return cells[R]{
			data: data,
			append: func(row *R) {
				at, ok := field(row).Get()
				if !ok {
					data.Nulls.Append(1)
					values.AppendRaw(0)
					return
				}
				data.Nulls.Append(0)
				values.AppendRaw(proto.DateTime64(at.UnixMicro()))
			},
			load: func(i int, row *R) {
				*field(row) = schema.Opt[time.Time]{}
				if data.Nulls[i] == 0 {
					*field(row) = schema.Some(time.UnixMicro(int64(values.Data[i])).UTC())
				}
			},
			extend: func(other proto.Column) {
				from := other.(*proto.ColNullable[time.Time])
				data.Nulls = append(data.Nulls, from.Nulls...)
				values.Data = append(values.Data, from.Values.(*proto.ColDateTime64).Data...)
			},
		}
	}}
}

// blob is a String column of bytes that are no text.
func blob[R any](name string, field func(*R) *[]byte) column[R] {
	return of(name, newOf[proto.ColStr], func(r *R) string { return string(*field(r)) }, func(r *R, v string) { *field(r) = []byte(v) })
}

// list is an Array(String) column; nil and empty are one.
func list[R any](name string, field func(*R) *[]string) column[R] {
	return plain(name, func() *proto.ColArr[string] { return new(proto.ColStr).Array() }, field)
}

// tail is what every fact ends with.
func tail[R any](fact func(*R) *schema.Fact) []column[R] {
	return []column[R]{
		word("source", func(r *R) *string { return &fact(r).Source }),
		plain("is_synthetic", newOf[proto.ColBool], func(r *R) *bool { return &fact(r).IsSynthetic }),
		plain("retention_days", newOf[proto.ColUInt16], func(r *R) *uint16 { return &fact(r).RetentionDays }),
		plain("version", newOf[proto.ColUInt64], func(r *R) *uint64 { return &fact(r).Version }),
		truth("is_deleted", func(r *R) *bool { return &fact(r).IsDeleted }),
	}
}
