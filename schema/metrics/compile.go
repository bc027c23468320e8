package metrics

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Compile makes SQL of a query. Errors wrap ErrQuery, ErrUnknown or ErrNoBase.
// Rows come in the order of bucket and dimensions.
func Compile(q Query) (Statement, error) {
	if err := q.check(); err != nil {
		return Statement{}, err
	}
	wanted, err := q.metrics()
	if err != nil {
		return Statement{}, err
	}
	q.oneScale(wanted)
	base, err := q.choose(wanted)
	if err != nil {
		return Statement{}, err
	}
	c := compiler{q: &q, base: base, s: Statement{Base: base.Name, Args: map[string]any{
		"tenant": string(q.Tenant), "from_us": q.From.UnixMicro(), "to_us": q.To.UnixMicro(),
		"synthetic": q.Synthetic, "limit": int64(q.Limit),
	}}}
	c.keys()
	for i := range wanted {
		c.metric(&wanted[i])
	}
	c.assemble()
	return c.s, nil
}

// compiler gathers the pieces of one statement: an inner SELECT of parts, and
// an outer one that makes values of them.
type compiler struct {
	q     *Query
	base  *Base
	s     Statement
	joins []string
	group []string
	parts []string
	outer []string
}

// keys adds the bucket and the dimensions.
func (c *compiler) keys() {
	if c.q.Every > 0 {
		c.s.Args["every_s"] = int64(c.q.Every / time.Second)
		c.key("bucket", "toDateTime(intDiv(toInt64(toUnixTimestamp("+c.base.Time+")), {every_s:Int64}) * {every_s:Int64}, 'UTC')", RoleBucket, "")
	}
	for _, name := range c.q.By {
		c.key(string(name), c.dimension(name), RoleDimension, string(name))
	}
}

func (c *compiler) key(name, sql string, role Role, of string) {
	inner := fmt.Sprintf("k%d", len(c.group))
	c.group = append(c.group, inner)
	c.parts = append(c.parts, sql+" AS "+inner)
	c.outer = append(c.outer, inner+" AS `"+name+"`")
	c.s.Columns = append(c.s.Columns, Column{Name: name, Role: role, Of: of})
}

// dimension gives a dimension's SQL and notes the join that it needs.
func (c *compiler) dimension(name DimensionName) string {
	d, _ := c.base.dimension(name)
	if d.Join != "" && !slices.Contains(c.joins, d.Join) {
		c.joins = append(c.joins, d.Join)
	}
	return d.SQL
}

// part adds a part, once, and gives its name.
func (c *compiler) part(sql string) string {
	for _, p := range c.parts {
		if expr, name, _ := strings.Cut(p, "\x00"); expr == sql {
			return name
		}
	}
	name := fmt.Sprintf("p%d", len(c.parts))
	c.parts = append(c.parts, sql+"\x00"+name)
	return name
}

// metric adds a metric's parts, and its value or its parts as columns.
func (c *compiler) metric(m *Metric) {
	form, _ := m.form(c.base.Name)
	numSQL, denSQL := m.partSQL(form)
	num, den := c.part(numSQL), ""
	if denSQL != "" {
		den = c.part(denSQL)
	}
	column := func(name, sql string, role Role) {
		c.outer = append(c.outer, sql+" AS `"+name+"`")
		c.s.Columns = append(c.s.Columns, Column{Name: name, Role: role, Of: m.Name})
	}
	switch {
	case !c.q.Parts:
		column(m.Name, "CAST("+m.valueSQL(num, den)+" AS Nullable(Float64))", RoleValue)
	case m.Kind == KindPercentile:
		column(m.Name+"_histogram", num, RoleHistogram)
	default:
		column(m.Name+"_num", "CAST("+num+" AS Nullable(Float64))", RoleNum)
		if den != "" {
			column(m.Name+"_den", den, RoleDen)
		}
	}
}

// assemble writes the statement.
func (c *compiler) assemble() {
	from := c.base.From
	where := []string{
		"f.tenant_id = {tenant:String}",
		c.base.Time + " >= fromUnixTimestamp64Micro({from_us:Int64}, 'UTC')", c.base.Time + " < fromUnixTimestamp64Micro({to_us:Int64}, 'UTC')",
		"f.is_synthetic = {synthetic:Bool}",
	}
	for i, f := range c.q.Where {
		name := fmt.Sprintf("where_%d", i)
		c.s.Args[name] = slices.Clone(f.Values)
		where = append(where, c.dimension(f.Dimension)+" IN {"+name+":Array(String)}")
	}
	for _, join := range c.joins {
		from += "\n    " + join
	}
	for i, p := range c.parts {
		c.parts[i] = strings.Replace(p, "\x00", " AS ", 1)
	}
	sql := "SELECT\n    " + strings.Join(c.outer, ",\n    ") + "\nFROM\n(\n    SELECT\n        " + strings.Join(c.parts, ",\n        ") +
		"\n    FROM " + from + "\n    WHERE " + strings.Join(where, " AND ")
	order := ""
	if len(c.group) > 0 {
		sql += "\n    GROUP BY " + strings.Join(c.group, ", ")
		order = "\nORDER BY " + strings.Join(c.group, ", ")
	}
	c.s.SQL = sql + "\n)" + order + "\nLIMIT {limit:UInt64}"
}
