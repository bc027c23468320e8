package app

import (
	"context"
	"errors"
	"fmt"
)

// cleanup is the stack of what has been started, stopped in reverse.
type cleanup struct {
	steps []step
}

type step struct {
	name string
	stop func(context.Context) error
}

// push notes how to stop a part that has just started.
func (c *cleanup) push(name string, stop func(context.Context) error) {
	c.steps = append(c.steps, step{name, stop})
}

// run stops every part, the last started first, and goes on after an error.
func (c *cleanup) run(ctx context.Context) error {
	var errs []error
	for len(c.steps) > 0 {
		last := c.steps[len(c.steps)-1]
		c.steps = c.steps[:len(c.steps)-1]
		if err := last.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", last.name, err))
		}
	}
	return errors.Join(errs...)
}
