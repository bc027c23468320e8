package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic"
	"github.com/trunkline-cc/trunkline/schema"
)

// liveView shows the trunks, asked of the store by SQL: on a terminal it
// redraws in place each second, elsewhere it prints a line now and then.
type liveView struct {
	app      *app.App
	centre   *synthetic.Centre
	shared   *synthetic.SBC
	trunks   []synthetic.Trunk
	out      io.Writer
	terminal bool
	drawn    int
	history  map[schema.TrunkID][]float64
}

func newLiveView(cmd *cobra.Command, a *app.App, centre *synthetic.Centre, shared *synthetic.SBC, trunks []synthetic.Trunk) *liveView {
	file, ok := cmd.ErrOrStderr().(*os.File)
	return &liveView{
		app: a, centre: centre, shared: shared, trunks: trunks, out: cmd.ErrOrStderr(),
		terminal: ok && term.IsTerminal(int(file.Fd())), history: map[schema.TrunkID][]float64{},
	}
}

// run draws until ctx ends.
func (v *liveView) run(ctx context.Context) error {
	interval := time.Second
	if !v.terminal {
		interval = 5 * time.Second
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			now, err := v.app.TrunksNow(ctx, 15*time.Second)
			var calls []app.CallsOfTrunk
			if err == nil {
				calls, err = v.app.CallsNow(ctx, 5*time.Minute)
			}
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return fmt.Errorf("live view: %w", err)
			}
			v.draw(now, calls)
		}
	}
}

// draw shows one answer.
func (v *liveView) draw(now map[schema.TrunkID]app.TrunkNow, calls []app.CallsOfTrunk) {
	status, counts := v.app.Status(), v.centre.Counts()
	head := fmt.Sprintf("%02d:00 of the demonstration's day · %d calls in progress, %d so far · %d datagrams sent, %d rows stored, journal %d files",
		counts.Hour, counts.ActiveCalls, counts.Calls, counts.Datagrams, status.Sink.Rows, status.Journal.Files)
	if !v.terminal {
		fmt.Fprintln(v.out, head)
		fmt.Fprintln(v.out, v.sharedHead(&status, calls))
		return
	}
	t := newTable("tenant", "trunk", "codec", ">streams", ">reports", ">loss %", ">jitter ms", ">rtt ms", ">R", ">MOS", "scale", "R over time")
	for _, trunk := range v.trunks {
		n := now[trunk.ID]
		v.history[trunk.ID] = append(v.history[trunk.ID], n.R.Or(math.NaN()))
		history := v.history[trunk.ID]
		t.add(string(trunk.Tenant), string(trunk.ID), trunk.Codec, fmt.Sprint(n.Streams), fmt.Sprint(n.Reports),
			decimals(asPercent(n.LossRatio), 2), decimals(n.JitterMillis, 1), decimals(n.RTTMillis, 0), decimals(n.R, 1), decimals(n.MOS, 2), n.Scale,
			sparkline(history[max(0, len(history)-30):], 40, 94))
	}
	var b strings.Builder
	if v.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\x1b[J", v.drawn)
	}
	fmt.Fprintln(&b, head)
	_ = t.write(&b) // a strings.Builder never fails
	v.drawShared(&b, &status, now, calls)
	v.drawn = strings.Count(b.String(), "\n")
	fmt.Fprint(v.out, b.String())
}

// asPercent scales a share.
func asPercent(v schema.Opt[float64]) schema.Opt[float64] {
	v.V *= 100
	return v
}
