package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// perHost is how many of a listener's connections may come from one address.
func perHost(connections int) int { return max(1, connections/8) }

// listenStream opens a TCP or TLS listener, or takes the socket that a
// supervisor holds.
func listenStream(ctx context.Context, cfg *config.Listener, socket *os.File) (net.Listener, error) {
	var ln net.Listener
	var err error
	if socket != nil {
		ln, err = net.FileListener(socket)
	} else {
		var lc net.ListenConfig
		ln, err = lc.Listen(ctx, "tcp", cfg.Address)
	}
	if err != nil || cfg.Transport != config.TransportTLS {
		return ln, err
	}
	settings, err := cfg.TLS.Config()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("tls: %w", err), ln.Close())
	}
	return tls.NewListener(ln, settings), nil
}

// startStream takes HEP over TCP or TLS. An agent that sends faster than facts
// become durable is slowed down by TCP itself.
func (a *App) startStream(ctx context.Context, l *listener, socket *os.File) error {
	ln, err := listenStream(ctx, &l.cfg, socket)
	if err != nil {
		return err
	}
	l.addr = ln.Addr().String()
	if err := a.startPipeline(l, nil); err != nil {
		return errors.Join(err, ln.Close())
	}
	l.hep = hep.NewServer(hep.ServerOptions{MaxConns: l.cfg.MaxConnections, MaxConnsPerAddr: perHost(l.cfg.MaxConnections)}, func(b hep.Batch) {
		// Only after the end of the pipeline, when nobody is left to tell.
		_ = l.live.Accept(b.Remote, b.Local, b.At, b.Packets)
	})
	a.goRun("connections of "+l.cfg.Name, func(ctx context.Context) error { return l.hep.Serve(ctx, ln) })
	return nil
}

// startPublish takes voice quality reports by SIP PUBLISH.
func (a *App) startPublish(ctx context.Context, l *listener, socket *os.File) error {
	if err := a.startPipeline(l, nil); err != nil {
		return err
	}
	server, err := vqreport.NewServer(vqreport.ServerOptions{
		Handler: l.publish, MaxConns: l.cfg.MaxConnections, MaxConnsPerHost: perHost(l.cfg.MaxConnections),
	})
	if err != nil {
		return err
	}
	l.vq = server
	serve, err := l.listenPublish(ctx, socket)
	if err != nil {
		return err
	}
	// The server ends when it is closed, which waits until what was read has
	// been answered.
	a.goServe("requests of "+l.cfg.Name, serve, server.Close)
	return nil
}

// listenPublish opens the socket and returns what serves it.
func (l *listener) listenPublish(ctx context.Context, socket *os.File) (func() error, error) {
	if l.cfg.Transport != config.TransportUDP {
		ln, err := listenStream(ctx, &l.cfg, socket)
		if err != nil {
			return nil, err
		}
		l.addr = ln.Addr().String()
		return func() error { return l.vq.ServeTCP(ln) }, nil
	}
	var conn net.PacketConn
	var err error
	if socket != nil {
		conn, err = net.FilePacketConn(socket)
	} else {
		var lc net.ListenConfig
		conn, err = lc.ListenPacket(ctx, "udp", l.cfg.Address)
	}
	if err != nil {
		return nil, err
	}
	if sized, ok := conn.(interface{ SetReadBuffer(bytes int) error }); ok {
		_ = sized.SetReadBuffer(int(l.cfg.ReceiveBuffer)) // as much as the system grants
	}
	l.addr = conn.LocalAddr().String()
	return func() error { return l.vq.ServeUDP(conn) }, nil
}

// publish makes a report durable before the phone is told so.
func (l *listener) publish(ctx context.Context, r *vqreport.Report, m vqreport.Meta) error {
	err := l.live.Submit(ctx, r, m, nil)
	if errors.Is(err, pipeline.ErrRefused) || errors.Is(err, pipeline.ErrStopped) {
		return fmt.Errorf("%w: %w", vqreport.ErrFull, err)
	}
	return err
}
