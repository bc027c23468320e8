package embedded

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// calm is how long a child has to live for the next pause to be short again.
const calm = time.Minute

// minBackoff is the first pause between restarts.
const minBackoff = 100 * time.Millisecond

// supervise runs children until it is told to stop. It stays on one thread of
// the system: Linux ties a child's parent-death signal to the thread that
// started it, and would kill the child when the Go runtime retires that thread.
func (s *Supervisor) supervise(ctx context.Context, first chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(s.finished)
	defer s.set(func(st *Status) { st.State, st.PID = Stopped, 0 })
	defer s.socket.Close()
	defer s.listener.Close()

	c, err := s.start(ctx)
	first <- err
	if err != nil {
		return
	}
	pause := minBackoff
	for {
		started := time.Now()
		reason := s.attend(c)
		if reason == "" {
			return // told to stop
		}
		s.set(func(st *Status) { st.State, st.PID, st.LastExit = Restarting, 0, reason })
		if time.Since(started) > calm {
			pause = minBackoff
		}
		s.opt.Logger.Warn("engine ended by itself; restarting", "reason", reason, "pause", pause)
		for c = nil; c == nil; {
			if !s.pause(pause) {
				return
			}
			pause = min(2*pause, s.opt.MaxBackoff)
			s.set(func(st *Status) { st.Restarts++ })
			if c, err = s.start(context.Background()); err != nil {
				if errors.Is(err, ErrStopped) {
					return
				}
				s.set(func(st *Status) { st.LastExit = err.Error() })
				s.opt.Logger.Error("engine does not start", "error", err, "pause", pause)
			}
		}
	}
}

// pause waits, and is false if the supervisor is stopped meanwhile.
func (s *Supervisor) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.stop:
		return false
	}
}

// start starts a child and waits until it is ready.
func (s *Supervisor) start(ctx context.Context) (*child, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opt.ReadyTimeout, fmt.Errorf("not ready within %v", s.opt.ReadyTimeout))
	defer cancel()
	began := time.Now()
	c, err := s.spawn()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.opt.Name, err)
	}
	s.set(func(st *Status) { st.PID = c.cmd.Process.Pid })
	select {
	case report := <-c.report:
		if report.err == nil {
			s.set(func(st *Status) { st.State = Ready })
			s.opt.Logger.Info("engine is ready", "addr", s.Addr(), "pid", c.cmd.Process.Pid, "took", time.Since(began).Round(time.Millisecond))
			return c, nil
		}
		err = report.err
	case <-ctx.Done():
		err = fmt.Errorf("start %s: %w", s.opt.Name, context.Cause(ctx))
	case <-s.stop:
		err = ErrStopped
	}
	c.end(s.opt.StopTimeout)
	var reported *ChildError
	if !errors.As(err, &reported) && !errors.Is(err, ErrStopped) {
		err = fmt.Errorf("%w (%s)%s", err, c.state(), c.said())
	}
	return nil, err
}

// attend waits for a child to end, and gives how it did; "" after Stop.
func (s *Supervisor) attend(c *child) string {
	select {
	case <-c.ended:
		c.end(0)
		return c.state() + c.said()
	case <-s.stop:
		began := time.Now()
		forced := c.end(s.opt.StopTimeout)
		s.opt.Logger.Info("engine stopped", "took", time.Since(began).Round(time.Millisecond), "forced", forced)
		return ""
	}
}
