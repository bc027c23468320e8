package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/metrics"
)

const readmeHead = generated + `# Tables, views and questions

What Trunkline stores in ClickHouse, for those who ask it directly. The figures themselves are defined in
[METRICS.md](METRICS.md); this page says which tables and views there are, what each column means, and answers common
questions in SQL. Every query here is executed in tests.

## How to read

- Every row has a ` + "`tenant_id`" + `: name it in every query. Times are UTC.
- Facts are replaced, never changed: the row with the highest ` + "`version`" + ` of a key holds, and one that is deleted has no
  row. Read tables with ` + "`FINAL`" + `, or views, which do.
- Children of a call record carry ` + "`record_version`" + `: the views that end in ` + "`_now`" + ` have those of the version that holds.
- NULL is unknown and never zero; an empty text is an unknown name.
- Rollups are recomputed when a minute has ended; ` + "`quality_now`" + ` answers open minutes from facts.
- ` + "`is_synthetic`" + ` rows are made up for demonstrations: leave them out or take only them.
- Personal columns are addresses, names and numbers; pseudonymous ones point at a person only with other data.

`

// readmePage is README.md.
func readmePage(relations []relation) (string, error) {
	var b strings.Builder
	b.WriteString(readmeHead)
	b.WriteString("## Questions\n")
	for _, e := range metrics.Examples() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n```sql\n%s\n```\n", e.Title, e.Note, strings.TrimSpace(e.SQL))
	}
	b.WriteString("\n## Contents\n\n| name | what |\n|---|---|\n")
	for _, r := range relations {
		if what := r.purpose(); what != "" {
			fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", r.name, r.name, cell(what))
		}
	}
	w := writer{b: &b, relations: map[string]*relation{}}
	for i := range relations {
		w.relations[relations[i].name] = &relations[i]
	}
	b.WriteString("\n## Tables\n")
	for i := range relations {
		if !relations[i].view {
			w.write(&relations[i])
		}
	}
	b.WriteString("\n## Views\n")
	for i := range relations {
		if relations[i].view {
			w.write(&relations[i])
		}
	}
	return b.String(), errors.Join(w.errs...)
}

// purpose is what a relation is for.
func (r *relation) purpose() string {
	if r.view {
		return viewDocs[r.name].purpose
	}
	return r.comment
}

// writer writes sections and finds what columns of views mean.
type writer struct {
	b         *strings.Builder
	relations map[string]*relation
	errs      []error
}

// write is the section of one relation.
func (w *writer) write(r *relation) {
	if r.name == "schema_migrations" || viewDocs[r.name].internal {
		return
	}
	if r.purpose() == "" {
		w.errs = append(w.errs, fmt.Errorf("view %s: say in gen/views.go what it is for", r.name))
		return
	}
	fmt.Fprintf(w.b, "\n### %s\n\n%s.\n\n", r.name, strings.TrimSuffix(r.purpose(), "."))
	if use := viewDocs[r.name].use; use != "" {
		fmt.Fprintf(w.b, "Ask `%s`.\n\n", use)
	}
	if !r.view {
		fmt.Fprintf(w.b, "Key `%s`", r.order)
		if r.partition != "" {
			fmt.Fprintf(w.b, ", partitions `%s`", r.partition)
		}
		fmt.Fprintf(w.b, "; read with `FINAL`.\n\n")
	}
	columns := r.columns
	if len(columns) == 0 { // a view with parameters: the server tells none
		for _, name := range strings.Fields(viewDocs[r.name].columns) {
			columns = append(columns, column{name: name})
		}
	}
	w.b.WriteString("| column | type | meaning | unit | source | privacy |\n|---|---|---|---|---|---|\n")
	for _, c := range columns {
		doc := c.doc
		if r.view {
			var ok bool
			if doc, ok = w.meaning(r, c.name, map[string]bool{}); !ok {
				w.errs = append(w.errs, fmt.Errorf("view %s: say in gen/views.go what column %s means", r.name, c.name))
			}
		}
		fmt.Fprintf(w.b, "| %s | %s | %s | %s | %s | %s |\n", c.name, cell(c.kind), cell(doc.Meaning), cell(doc.Unit), cell(doc.Source), doc.Privacy)
	}
}

// meaning finds what a view's column means: what is said of it, or what it is
// in the tables that the view reads.
func (w *writer) meaning(r *relation, name string, seen map[string]bool) (schema.ColumnDoc, bool) {
	if seen[r.name] {
		return schema.ColumnDoc{}, false
	}
	seen[r.name] = true
	for _, key := range []string{r.name + "." + name, name} {
		if text, ok := columnDocs[key]; ok && r.view {
			doc, err := schema.ParseColumnComment(text)
			if err != nil {
				w.errs = append(w.errs, fmt.Errorf("gen/views.go, %s: %w", key, err))
			}
			return doc, true
		}
	}
	if !r.view {
		for _, c := range r.columns {
			if c.name == name {
				return c.doc, true
			}
		}
		return schema.ColumnDoc{}, false
	}
	for _, from := range r.reads {
		if source, ok := w.relations[from]; ok {
			if doc, ok := w.meaning(source, name, seen); ok {
				return doc, true
			}
		}
	}
	return schema.ColumnDoc{}, false
}
