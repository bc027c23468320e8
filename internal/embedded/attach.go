package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

// Child is the supervised side: what a child process got from its parent.
type Child struct {
	// Listener is the socket to serve.
	Listener net.Listener
	// Done ends when the parent stops the child or has died.
	Done context.Context

	report *os.File
	once   sync.Once
}

// maxConfigBytes bounds the parent's configuration.
const maxConfigBytes = 1 << 20

// Attach takes over the descriptors of a child process and reads its
// configuration into config. It fails in a process that was not started by a
// [Supervisor].
func Attach(config any) (*Child, error) {
	socket := os.NewFile(3, "socket")
	listener, err := net.FileListener(socket)
	if err != nil {
		return nil, fmt.Errorf("this is a role of a supervised process, and there is no supervisor: fd 3: %w", err)
	}
	_ = socket.Close() // the listener has a copy
	c := &Child{Listener: listener, report: os.NewFile(4, "report")}
	in := bufio.NewReader(os.Stdin)
	line, err := readLine(in)
	if err == nil {
		err = json.Unmarshal(line, config)
	}
	if err != nil {
		err = fmt.Errorf("configuration from the supervisor: %w", err)
		c.Fail("", err)
		return nil, err
	}
	done, end := context.WithCancel(context.Background())
	c.Done = done
	go func() {
		_, _ = io.Copy(io.Discard, in)
		end()
	}()
	return c, nil
}

func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxConfigBytes {
			return nil, fmt.Errorf("longer than %d bytes", maxConfigBytes)
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// Ready tells the parent that the socket is served.
func (c *Child) Ready() { c.tell(message{Ready: true}) }

// Fail tells the parent why the child will not be ready; the parent gets it as
// a [*ChildError]. The process is expected to exit.
func (c *Child) Fail(code string, reason error) { c.tell(message{Code: code, Reason: reason.Error()}) }

// tell reports once.
func (c *Child) tell(m message) {
	c.once.Do(func() {
		line, _ := json.Marshal(m)
		_, _ = c.report.Write(append(line, '\n'))
		_ = c.report.Close()
	})
}
