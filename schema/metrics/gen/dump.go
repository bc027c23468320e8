package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/trunkline-cc/trunkline/schema"
)

// relation is a table or a view.
type relation struct {
	name    string
	view    bool
	columns []column
	// order, partition and comment of a table.
	order, partition, comment string
	// reads are the names behind FROM and JOIN in a view.
	reads []string
}

// column of a relation; a view's has no document of its own.
type column struct {
	name, kind string
	doc        schema.ColumnDoc
}

var (
	created    = regexp.MustCompile("^CREATE (TABLE|VIEW) `?([a-z0-9_]+)`?$")
	columnLine = regexp.MustCompile("^    `([a-z0-9_]+)` (.*?),?$")
	commented  = regexp.MustCompile(`^(.*?) COMMENT '((?:[^'\\]|\\.)*)'`)
	expression = regexp.MustCompile(`^(.*?) (ALIAS|DEFAULT|MATERIALIZED|CODEC\()`)
	reading    = regexp.MustCompile(`\b(?:FROM|JOIN) ([a-z][a-z0-9_]*)`)
)

// parseDump reads the DDL that the server writes.
func parseDump(dump string) ([]relation, error) {
	var relations []relation
	for statement := range strings.SplitSeq(dump, "\n;\n") {
		statement = strings.TrimSpace(statement)
		if statement == "" {
			continue
		}
		head, body, _ := strings.Cut(statement, "\n")
		name := created.FindStringSubmatch(head)
		if name == nil {
			return nil, fmt.Errorf("dump: %q is neither a table nor a view", head)
		}
		r := relation{name: name[2], view: name[1] == "VIEW"}
		if err := r.parse(body); err != nil {
			return nil, fmt.Errorf("dump of %s: %w", r.name, err)
		}
		relations = append(relations, r)
	}
	return relations, nil
}

// parse reads the lines of a relation.
func (r *relation) parse(body string) error {
	for line := range strings.SplitSeq(body, "\n") {
		if found := columnLine.FindStringSubmatch(line); found != nil {
			c, err := parseColumn(found[1], found[2], r.view)
			if err != nil {
				return err
			}
			r.columns = append(r.columns, c)
			continue
		}
		for prefix, field := range map[string]*string{"ORDER BY ": &r.order, "PARTITION BY ": &r.partition, "COMMENT ": &r.comment} {
			if rest, ok := strings.CutPrefix(line, prefix); ok && !r.view {
				*field = strings.Trim(rest, "'")
			}
		}
	}
	if r.view {
		for _, found := range reading.FindAllStringSubmatch(body, -1) {
			r.reads = append(r.reads, found[1])
		}
	}
	return nil
}

// parseColumn reads what follows a column's name.
func parseColumn(name, rest string, view bool) (column, error) {
	c := column{name: name, kind: rest}
	if found := commented.FindStringSubmatch(rest); found != nil {
		doc, err := schema.ParseColumnComment(strings.ReplaceAll(found[2], `\'`, "'"))
		if err != nil {
			return c, err
		}
		c.kind, c.doc = found[1], doc
	} else if !view {
		return c, fmt.Errorf("column %s has no COMMENT", name)
	}
	if found := expression.FindStringSubmatch(c.kind); found != nil {
		c.kind = found[1]
	}
	return c, nil
}
