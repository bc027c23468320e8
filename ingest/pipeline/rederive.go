package pipeline

import (
	"fmt"
	"slices"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Rederive applies the formulas of this release to stored reports of one
// stream. rows are put in the stream's order; those for which context is true
// are only there as predecessors and keep what they have. It returns the
// positions of the rows whose derived half is another one now: that half is
// replaced in place, everything else of the row, its version too, is as it
// was. The error wraps [ErrRow] when a row is not what this package writes.
func Rederive(rows []schema.MediaReport, context func(*schema.MediaReport) bool) ([]int, error) {
	src := &Source{}
	facts := make([]Fact, len(rows))
	for i := range rows {
		f, err := FactOf(&rows[i], src)
		if err != nil {
			return nil, err
		}
		facts[i] = f
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return mediaqos.CompareReports(&facts[a].Emission, &facts[b].Emission) })
	sorted := make([]schema.MediaReport, len(rows))
	emissions := make([]mediaqos.Emission, len(rows))
	for to, from := range order {
		sorted[to], emissions[to] = rows[from], facts[from].Emission
	}
	copy(rows, sorted)
	derived, err := mediaqos.Recompute(mediaqos.DefaultParams(), emissions)
	if err != nil {
		return nil, fmt.Errorf("rederive: %w", err)
	}
	var changed []int
	for i := range rows {
		same := derived[i] == emissions[i].Derived && rows[i].FormulaVersion == mediaqos.FormulaVersion
		if same || context(&rows[i]) {
			continue
		}
		f := facts[order[i]]
		f.Derived = derived[i]
		f.derivedHalf(&rows[i])
		changed = append(changed, i)
	}
	return changed, nil
}
