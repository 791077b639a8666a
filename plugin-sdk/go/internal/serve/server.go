package serve

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"sync"
	"time"

	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/wire"
)

// Server offers plugins on a Unix socket.
type Server struct {
	plugins map[string]*plugin.Plugin
	infos   []wire.PluginInfo
	logf    func(format string, args ...any)
	kong    kongInstances
	// kongContexts are the tables of kong.Ctx.Plugin of all that came over ProtoBuf:1.
	kongContexts contexts

	mu       sync.Mutex
	conns    map[connection]struct{}
	draining bool
	allDone  sync.WaitGroup
}

// connection is one from a gateway, in whichever protocol.
type connection interface {
	// drain lets what is under way finish and closes the connection then.
	drain(reason string)
	// hangUp closes it at once.
	hangUp()
}

// New makes a server of plugins. The error is for their author: a plugin that cannot be offered, or two of one name.
func New(plugins []*plugin.Plugin) (*Server, error) {
	s := &Server{plugins: map[string]*plugin.Plugin{}, conns: map[connection]struct{}{}, logf: log.Printf}
	if len(plugins) == 0 {
		return nil, errors.New("a plugin server needs a plugin")
	}
	for _, p := range plugins {
		info, err := p.Info()
		if err != nil {
			return nil, fmt.Errorf("plugin %s: %w", p.Name, err)
		}
		if s.plugins[p.Name] != nil {
			return nil, fmt.Errorf("two plugins are named %q", p.Name)
		}
		s.plugins[p.Name] = p
		s.infos = append(s.infos, info)
	}
	return s, nil
}

// Infos gives what the server offers.
func (s *Server) Infos() []wire.PluginInfo {
	return s.infos
}

// SpeaksKong says whether plugins can be served over ProtoBuf:1 too: where none has a phase that it does not know.
func (s *Server) SpeaksKong() bool {
	for _, info := range s.infos {
		for _, phase := range info.Phases {
			if plugin.KongPhase(phase) == 0 {
				return false
			}
		}
	}
	return true
}

// Serve accepts connections until the listener is closed or stop is; then it drains: what is under way is finished, for at
// most 10 seconds. It returns when all connections are closed.
func (s *Server) Serve(listener net.Listener, stop <-chan string) error {
	for name, p := range s.plugins {
		for _, misfit := range plugin.Misfits(p.New()) {
			s.logf("plugin %s: %s: events of this phase fail", name, misfit)
		}
	}
	accepted := make(chan error, 1)
	go func() { accepted <- s.accept(listener) }()
	var err error
	select {
	case reason := <-stop:
		listener.Close()
		<-accepted
		s.drain(reason)
	case err = <-accepted:
		s.drain("the socket is closed")
	}
	s.kong.stopAll()
	return err
}

func (s *Server) accept(listener net.Listener) error {
	for {
		nc, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			s.logf("accept: %v", err)
			time.Sleep(acceptDelay)
			continue
		}
		s.mu.Lock()
		if s.draining || len(s.conns) >= connectionsMax {
			s.mu.Unlock()
			nc.Close()
			continue
		}
		o := &opening{server: s, net: nc}
		s.conns[o] = struct{}{}
		s.allDone.Add(1)
		s.mu.Unlock()
		go o.serve()
	}
}

// replace puts a connection in the place of its opening; false where the server has begun to drain.
func (s *Server) replace(o *opening, c connection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	delete(s.conns, o)
	s.conns[c] = struct{}{}
	return true
}

// forget takes a connection off that has ended.
func (s *Server) forget(c connection) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.allDone.Done()
}

// drain ends all connections, those with something under way when that is finished.
func (s *Server) drain(reason string) {
	s.mu.Lock()
	s.draining = true
	conns := make([]connection, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	over := time.AfterFunc(drainTime, func() {
		for _, c := range conns {
			c.hangUp()
		}
	})
	defer over.Stop()
	for _, c := range conns {
		go c.drain(reason)
	}
	s.allDone.Wait()
}

// Listen makes the socket, in the place of one that was left behind. remove takes it away, unless another server has put its
// own there.
func Listen(path string) (listener net.Listener, remove func(), err error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, nil, err
		}
	}
	unix, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, nil, err
	}
	unix.SetUnlinkOnClose(false)
	own, err := os.Lstat(path)
	if err != nil {
		unix.Close()
		return nil, nil, err
	}
	remove = func() {
		if info, err := os.Lstat(path); err == nil && os.SameFile(own, info) {
			os.Remove(path)
		}
	}
	return unix, remove, nil
}
